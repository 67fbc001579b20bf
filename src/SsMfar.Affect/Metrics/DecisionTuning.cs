using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Tunes what is decided by a model's probabilities, and how sure these are, on rows that the model was not trained on: a temperature
/// (<see cref="TemperatureScaling"/>), weights of the expressions (<see cref="ExpressionWeightTuning"/>) and thresholds of the action units
/// (<see cref="ThresholdTuning"/>). Each part is judged by cross-fitting, every fold of the rows by what was tuned on the others, and left
/// as it was where that does not gain. What is kept is tuned on all rows.
/// </summary>
public static class DecisionTuning
{
    // A softmax in single precision may end a rounding above 1.
    private const float RoundingAllowed = 1e-5f;

    /// <summary>Tunes and judges.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="predictions">A prediction for each row, in order, of one model or of one average of models.</param>
    /// <param name="options">How to tune and judge; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many predictions as rows, their classes are not those of the labels, they lack a task that the first has, a number
    /// or option is out of range, or there are fewer than two rows or groups.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DecisionTuningResult CrossFit(
        AnnotationSet truth,
        IReadOnlyList<AffectPrediction> predictions,
        DecisionTuningOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        Check(truth, predictions);
        int[] foldOf = ThresholdTuning.Folds(truth, options.Folds, options.Seed, options.GroupBy);
        ExpressionFit? expression = Expressions(truth, predictions) is { } rows
            ? ExpressionFit.Of(truth, rows, predictions[0].Expression!.Decision, foldOf, options, cancellationToken)
            : null;
        cancellationToken.ThrowIfCancellationRequested();
        UnitFit? units = predictions[0].ActionUnits is { } first && (truth.Columns.KnownUnits() & first.Units.Mask) != 0
            ? UnitFit.Of(truth, predictions, [.. first.Thresholds], foldOf)
            : null;
        AffectScoreIntervals gains = Bootstrap.Compare(
            truth,
            new WeightedRows(truth, Decided(expression?.Held, units?.Held)),
            new WeightedRows(truth, predictions),
            options.Bootstrap,
            cancellationToken);

        DecisionScores before = Scores(truth, predictions);
        DecisionScores held = Scores(truth, Decided(expression?.Held, units?.Held));
        DecisionGain? weights = expression is null ? null : Gain(
            before.Scores.Expression!.MacroF1, held.Scores.Expression!.MacroF1, gains.ExpressionMacroF1, options);
        DecisionGain? thresholds = units is null ? null : Gain(
            before.Scores.ActionUnits!.MeanF1, held.Scores.ActionUnits!.MeanF1, gains.ActionUnitMeanF1, options);
        bool keepsWeights = weights is { IsKept: true }, keepsThresholds = thresholds is { IsKept: true };
        Func<int, ExpressionDecision>? tuned = expression is null ? null : _ => expression.Tuned(keepsWeights);
        return new(
            before,
            Scores(truth, Decided(expression?.HeldWith(keepsWeights), keepsThresholds ? units!.Held : null)),
            Scores(truth, Decided(tuned, keepsThresholds ? _ => units!.Tuned : null)),
            foldOf.Max() + 1)
        {
            Expression = expression?.Tuned(keepsWeights),
            ExpressionBefore = predictions[0].Expression?.Decision,
            Units = predictions[0].ActionUnits?.Units,
            ActionUnitThresholds = units is null ? null : keepsThresholds ? units.Tuned : units.Before,
            ActionUnitThresholdsBefore = units?.Before,
            Temperature = expression?.Temperature,
            CalibrationError = expression?.CalibrationError,
            ExpressionWeights = weights,
            Thresholds = thresholds,
        };

        AffectPrediction[] Decided(Func<int, ExpressionDecision>? decisionOf, Func<int, ImmutableArray<float>>? thresholdsOf) =>
            [.. predictions.Select((prediction, row) => new AffectPrediction
            {
                ValenceArousal = prediction.ValenceArousal,
                ActionUnitIntensities = prediction.ActionUnitIntensities,
                Expression = decisionOf is null || prediction.Expression is null ? prediction.Expression
                    : decisionOf(row).Decide(truth.ExpressionClasses, expression!.Rows.Row(row)),
                ActionUnits = thresholdsOf is null || prediction.ActionUnits is null ? prediction.ActionUnits
                    : new(prediction.ActionUnits.Probabilities, thresholdsOf(row), prediction.ActionUnits.Units),
            })];
    }

    /// <summary>A gain, and whether it is enough.</summary>
    internal static DecisionGain Gain(double before, double after, ScoreInterval? gain, DecisionTuningOptions options) => new(
        before,
        after,
        gain,
        options.Acceptance switch
        {
            TuningAcceptance.Always => true,
            TuningAcceptance.Sure => gain is { Low: > 0 },
            _ => gain is { Value: > 0 },
        });

    private static DecisionScores Scores(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions) =>
        new(AffectScorer.Score(truth, predictions), AffectCalibration.Of(truth, predictions));

    // Null without the task or a label of it.
    private static ExpressionRows? Expressions(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        if (predictions[0].Expression is null)
        {
            return null;
        }

        ExpressionRows rows = ExpressionRows.Of(truth, [.. predictions.SelectMany(prediction =>
            prediction.Expression!.Uncalibrated().Select(p => p is > 1 and < 1 + RoundingAllowed ? 1 : p))]);
        return rows.All.Length > 0 ? rows : null;
    }

    private static void Check(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        if (predictions.Count != truth.Count || truth.Count == 0)
        {
            throw new ArgumentException($"There are {predictions.Count} predictions for {truth.Count} rows.", nameof(predictions));
        }

        AffectPrediction first = predictions[0];
        for (int row = 0; row < predictions.Count; row++)
        {
            AffectPrediction prediction = predictions[row];
            if (prediction.Expression is null != first.Expression is null || prediction.ActionUnits is null != first.ActionUnits is null
                || prediction.ActionUnits is { } units && !units.Units.Equals(first.ActionUnits!.Units))
            {
                throw new ArgumentException(
                    $"The prediction of {truth.Columns.Images[row]} has other tasks than that of {truth.Columns.Images[0]}.",
                    nameof(predictions));
            }

            if (prediction.Expression is { } expression && !expression.Classes.Equals(truth.ExpressionClasses))
            {
                throw new ArgumentException(
                    $"The labels have the classes {truth.ExpressionClasses}, the prediction {expression.Classes}. Read the labels with " +
                        "the model's class set.",
                    nameof(predictions));
            }
        }
    }
}
