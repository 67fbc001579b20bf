using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// How far a model's probabilities can be believed: expected calibration error, negative log likelihood and Brier score. What is null has
/// no label, or the model has no such task.
/// </summary>
public sealed class AffectCalibration
{
    /// <summary>How many bins <see cref="Of"/> makes unless it is told: as many as Guo et al. (2017).</summary>
    public const int UsualBins = 15;

    private readonly ActionUnitSet _units;

    private AffectCalibration(
        CalibrationScores? expression, CalibrationScores? actionUnits, ActionUnitSet units, ImmutableArray<CalibrationScores?> perUnit) =>
        (Expression, ActionUnits, _units, PerUnit) = (expression, actionUnits, units, perUnit);

    /// <summary>
    /// Gets the expression's. Its diagram is that of the most probable class: how probable it is, and how often it is the true one. Weights
    /// that decide for another class change nothing in it.
    /// </summary>
    public CalibrationScores? Expression { get; }

    /// <summary>
    /// Gets that of the action units together, over all known entries. Its diagram has a unit's probability, and how often it is present.
    /// </summary>
    public CalibrationScores? ActionUnits { get; }

    /// <summary>Gets that of each unit, in the order of the predictions' units; empty without that task.</summary>
    public ImmutableArray<CalibrationScores?> PerUnit { get; }

    /// <summary>That of one unit; null where it has no label or is none of the predictions' units.</summary>
    /// <param name="unit">The unit, whatever the order of the labels' or the predictions' units.</param>
    public CalibrationScores? OfUnit(ActionUnit unit) =>
        PerUnit.IsEmpty || _units.IndexOf(unit) is not (>= 0 and int place) ? null : PerUnit[place];

    /// <summary>Compares probabilities with labels.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="predictions">A prediction for each row, in order.</param>
    /// <param name="bins">The number of bins of equal width, at least 1.</param>
    /// <exception cref="ArgumentException">There are not as many predictions as labels, or they have other classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static AffectCalibration Of(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions, int bins = UsualBins)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (predictions.Count != truth.Count)
        {
            throw new ArgumentException($"There are {predictions.Count} predictions for {truth.Count} rows.", nameof(predictions));
        }

        ActionUnitSet judged = predictions.FirstOrDefault(one => one.ActionUnits is not null)?.ActionUnits!.Units ?? truth.Units;
        CalibrationCounts expression = new(bins), pooled = new(bins);
        CalibrationCounts[] units = [.. Enumerable.Range(0, judged.Count).Select(_ => new CalibrationCounts(bins))];
        for (int row = 0; row < predictions.Count; row++)
        {
            AffectPrediction prediction = predictions[row];
            if (prediction.Expression is { } read && truth.Columns.Expressions[row] is >= 0 and short label)
            {
                if (!read.Classes.Equals(truth.ExpressionClasses))
                {
                    throw new ArgumentException(
                        $"The labels have the classes {truth.ExpressionClasses}, the prediction {read.Classes}.", nameof(predictions));
                }

                expression.Add(CalibrationOutcome.OfExpression(read.Probabilities.AsSpan(), label));
            }

            for (int unit = 0; unit < units.Length && prediction.ActionUnits is not null; unit++)
            {
                if (truth.Columns.ActionUnits[row].AtSlot(judged.Slots[unit]) is { } present)
                {
                    CalibrationOutcome outcome = CalibrationOutcome.OfUnit(prediction.ActionUnits.Probabilities[unit], present);
                    units[unit].Add(outcome);
                    pooled.Add(outcome);
                }
            }
        }

        bool hasUnits = predictions.Any(prediction => prediction.ActionUnits is not null);
        return new(expression.ToScores(), pooled.ToScores(), judged, hasUnits ? [.. units.Select(unit => unit.ToScores())] : []);
    }
}
