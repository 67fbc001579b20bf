using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Scores predictions against labels as the multi-task challenge does, a row at a time and in constant memory. A label that is unknown
/// counts nowhere. Not safe for use from several threads; <see cref="Merge"/> joins scorers of parts.
/// </summary>
/// <param name="expressionClasses">The classes of truth and predictions; s-Aff-Wild2's eight when null.</param>
/// <param name="actionUnitThresholds">
/// A unit counts as predicted above this probability: a value for each unit, or null for 0.5 each.
/// </param>
/// <param name="units">The action units that are judged; the challenge's twelve when null. Labels of others count nowhere.</param>
/// <param name="intensityUnits">The action units whose intensities are judged; none when null.</param>
/// <exception cref="ArgumentException"><paramref name="actionUnitThresholds"/> are not as many numbers as units.</exception>
public sealed partial class AffectScorer(
    ExpressionClassSet? expressionClasses = null,
    IReadOnlyList<double>? actionUnitThresholds = null,
    ActionUnitSet? units = null,
    ActionUnitSet? intensityUnits = null)
{
    /// <summary>Gets the confusion matrix over the rows with a known expression.</summary>
    public ConfusionMatrix Expression { get; } = new((expressionClasses ?? ExpressionClassSet.AffWild2).Count);

    /// <summary>Gets the known action units.</summary>
    public ActionUnitMetric ActionUnits { get; } = new(actionUnitThresholds, units);

    /// <summary>Gets the known intensities of action units; null where none are judged.</summary>
    public ActionUnitIntensityMetric? Intensities { get; } = intensityUnits is null ? null : new(intensityUnits);

    /// <summary>Gets the rows with known valence.</summary>
    public ConcordanceAccumulator Valence { get; } = new();

    /// <summary>Gets the rows with known arousal.</summary>
    public ConcordanceAccumulator Arousal { get; } = new();

    /// <summary>
    /// Takes in the prediction for one row. A task that the model does not have is left out; a unit counts as predicted where the
    /// prediction says it is present, whatever the scorer's thresholds.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="row">The row, from 0.</param>
    /// <param name="prediction">What a model reads in the row's image.</param>
    /// <exception cref="ArgumentException">
    /// The prediction's classes are not those of <paramref name="truth"/>, or a value is not finite; the row is named.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is not a row of <paramref name="truth"/>.</exception>
    public void Add(AnnotationSet truth, int row, AffectPrediction prediction)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, truth.Count);
        try
        {
            if (prediction.Expression is { } expression)
            {
                CheckClasses(truth, expression);
                AddExpression(truth, row, expression.Index);
            }

            if (prediction.ActionUnits is { } decided)
            {
                ActionUnits.Add(truth.Columns.ActionUnits[row].Only(decided.Units), Decisions(decided));
            }

            if (prediction.ValenceArousal is { } affect)
            {
                AddValenceArousal(truth, row, affect.Valence, affect.Arousal);
            }

            if (prediction.ActionUnitIntensities is { } intensities)
            {
                Intensities?.Add(truth[row].Intensities, intensities);
            }
        }
        catch (ArgumentException fault)
        {
            throw new ArgumentException($"Row {row} ({truth.Columns.Images[row]}): {fault.Message}", nameof(prediction), fault);
        }
    }

    /// <summary>Takes in what another scorer counted.</summary>
    /// <param name="other">A scorer of as many classes; unchanged.</param>
    /// <exception cref="ArgumentException">The scorers differ in their number of classes.</exception>
    /// <exception cref="InvalidOperationException">The scorers differ in their action units.</exception>
    public void Merge(AffectScorer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Expression.Merge(other.Expression);
        ActionUnits.Merge(other.ActionUnits);
        Valence.Merge(other.Valence);
        Arousal.Merge(other.Arousal);
        if ((Intensities, other.Intensities) is ({ } own, { } others))
        {
            own.Merge(others);
        }
        else if (other.Intensities?.AnyKnown == true)
        {
            throw new InvalidOperationException("The other judges intensities of action units, this one none.");
        }
    }

    /// <summary>Takes in valence and arousal of a row, predictions clamped to [-1, 1].</summary>
    /// <param name="truthValence">The label, in [-1, 1].</param>
    /// <param name="truthArousal">The label, in [-1, 1].</param>
    /// <param name="valence">The prediction; finite.</param>
    /// <param name="arousal">The prediction; finite.</param>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public void AddValenceArousal(double truthValence, double truthArousal, double valence, double arousal)
    {
        CheckFinite(valence, arousal);
        Valence.Add(Math.Clamp(valence, -1, 1), truthValence);
        Arousal.Add(Math.Clamp(arousal, -1, 1), truthArousal);
    }

    /// <summary>
    /// A scorer of the units that labels and a model share; of the labels' where they share none, which then count nowhere.
    /// </summary>
    internal static AffectScorer For(AnnotationSet truth, AffectPrediction? first) =>
        new(
            truth.ExpressionClasses,
            units: first?.ActionUnits is { } read ? truth.Units.Common(read.Units) ?? truth.Units : truth.Units,
            intensityUnits: first?.ActionUnitIntensities is { } strong ? truth.IntensityUnits?.Common(strong.Units) : null);

    /// <summary>The scores of all rows so far.</summary>
    public AffectScores Compute() => new(
        Expression.MacroF1 is { } macro ? new(macro, Expression.F1PerClass()) : null,
        ActionUnits.MeanF1 is { } mean ? new(mean, ActionUnits.F1PerUnit(), ActionUnits.Units) : null,
        Valence.Value is null && Arousal.Value is null ? null : new(Valence.Value, Arousal.Value),
        Intensities?.Compute());

    /// <summary>What a prediction decides of each unit.</summary>
    internal static ActionUnitLabels Decisions(ActionUnitPrediction units)
    {
        ActionUnitLabels decisions = ActionUnitLabels.Unknown;
        for (int unit = 0; unit < units.Units.Count; unit++)
        {
            float probability = units.Probabilities[unit];
            if (!float.IsFinite(probability))
            {
                throw new ArgumentException($"The probability of {units.Units.Names[unit]} is {probability}.");
            }

            decisions = decisions.WithSlot(units.Units.Slots[unit], units[unit]);
        }

        return decisions;
    }

    private static void CheckClasses(AnnotationSet truth, ExpressionPrediction expression)
    {
        if (!expression.Classes.Equals(truth.ExpressionClasses))
        {
            throw new ArgumentException(
                $"The labels have the classes {truth.ExpressionClasses}, the prediction {expression.Classes}. Read the labels with the " +
                    "model's class set.");
        }
    }

    private void AddExpression(AnnotationSet truth, int row, int predicted)
    {
        if ((uint)predicted >= (uint)Expression.ClassCount)
        {
            throw new ArgumentException($"The predicted expression {predicted} is not one of the {Expression.ClassCount} classes.");
        }

        short expression = truth.Columns.Expressions[row];
        if (expression != AnnotationColumns.UnknownExpression)
        {
            Expression.Add(expression, predicted);
        }
    }

    private void AddValenceArousal(AnnotationSet truth, int row, double valence, double arousal)
    {
        CheckFinite(valence, arousal); // a model that gives NaN anywhere is broken
        double[] affect = truth.Columns.ValenceArousal;
        AddKnown(Valence, affect[2 * row], valence);
        AddKnown(Arousal, affect[2 * row + 1], arousal);

        static void AddKnown(ConcordanceAccumulator scores, double label, double predicted)
        {
            if (!double.IsNaN(label))
            {
                scores.Add(Math.Clamp(predicted, -1, 1), label);
            }
        }
    }

    private static void CheckFinite(double valence, double arousal)
    {
        if (!double.IsFinite(valence) || !double.IsFinite(arousal))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The predicted valence {valence} or arousal {arousal} is not finite."));
        }
    }

    private static void CheckLength(int length, int rows, int width, string name)
    {
        if (length != 0 && length != (long)rows * width)
        {
            throw new ArgumentException(
                $"Expected {rows} rows of {width}, {(long)rows * width} values in all (or none), got {length}.",
                name);
        }
    }
}
