using System.Collections.Immutable;

namespace SsMfar.Predictions;

/// <summary>
/// Several predictions of one face as one: the means of probabilities, of valence and arousal, of intensities, and of thresholds.
/// </summary>
internal static class PredictionMean
{
    /// <summary>The mean.</summary>
    /// <param name="predictions">At least one; all of the same tasks and classes.</param>
    /// <param name="ofCustom">Averages predictions of a custom task; null: the mean has none.</param>
    public static AffectPrediction Of(
        IReadOnlyList<AffectPrediction> predictions, Func<string, IReadOnlyList<object>, object>? ofCustom = null)
    {
        AffectPrediction first = predictions[0];
        return new()
        {
            Expression = first.Expression is null ? null : Of([.. predictions.Select(prediction => prediction.Expression!)]),
            ValenceArousal = first.ValenceArousal is null
                ? null
                : new(
                    (float)predictions.Average(prediction => (double)prediction.Valence!.Value),
                    (float)predictions.Average(prediction => (double)prediction.Arousal!.Value)),
            ActionUnits = first.ActionUnits is null
                ? null
                : new(
                    Of([.. predictions.Select(prediction => prediction.ActionUnits!.Probabilities)]),
                    Of([.. predictions.Select(prediction => prediction.ActionUnits!.Thresholds)]),
                    first.ActionUnits.Units),
            ActionUnitIntensities = first.ActionUnitIntensities is null
                ? null
                : new(
                    Of([.. predictions.Select(prediction => prediction.ActionUnitIntensities!.Values)]),
                    first.ActionUnitIntensities.Units),
            Custom = ofCustom is null
                ? ImmutableDictionary<string, object>.Empty
                : first.Custom.ToImmutableDictionary(
                    task => task.Key, task => ofCustom(task.Key, [.. predictions.Select(prediction => prediction.Custom[task.Key])])),
        };
    }

    // Averaged first, calibrated after: the average of calibrated models is less sure than it is right (Rahaman and Thiery, 2021).
    private static ExpressionPrediction Of(ExpressionPrediction[] expressions) =>
        ExpressionDecision.Mean([.. expressions.Select(expression => expression.Decision)]).Decide(
            expressions[0].Classes, Of([.. expressions.Select(expression => expression.Uncalibrated().ToImmutableArray())]).AsSpan());

    /// <summary>The mean of lists of one length, place by place.</summary>
    public static ImmutableArray<float> Of(ImmutableArray<float>[] lists) =>
        [.. Enumerable.Range(0, lists[0].Length).Select(i => (float)lists.Average(list => (double)list[i]))];
}
