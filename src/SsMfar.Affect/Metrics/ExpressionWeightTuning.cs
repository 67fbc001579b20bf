using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Chooses a weight for each expression so that the macro F1 of what is decided, the class of the highest product of weight and
/// probability, is as high as a search finds. Classes that are too seldom, or too often, decided for come to their own.
/// </summary>
/// <remarks>
/// <para>
/// What is raised is the expected macro F1: hits are counted not by the labels, of which a rare class has few, so that a search fits their
/// chance, but by how probable each class is. The labels only say how far a model's probabilities are off in each class (bias-corrected
/// temperature scaling, Alexandari, Kundaje and Shrikumar, 2020).
/// </para>
/// <para>
/// The search is coordinate ascent: of one class after the other, every weight at which decisions change is tried, until no class gains. It
/// is deterministic, whatever the order of the rows. On the rows that it is given macro F1 does not fall: where it would, the weights stay.
/// </para>
/// </remarks>
public static class ExpressionWeightTuning
{
    private const int MostRounds = 50;

    /// <summary>Chooses the weights.</summary>
    /// <param name="truth">The labels: N rows; those without an expression count nowhere.</param>
    /// <param name="probabilities">N x K probabilities in [0, 1], row by row, as they are to be weighted: after any temperature.</param>
    /// <param name="start">The K positive weights to begin with; 1 each when null.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a number is outside its range.</exception>
    public static ImmutableArray<float> Tune(
        AnnotationSet truth, ReadOnlySpan<float> probabilities, IReadOnlyList<float>? start = null)
    {
        ExpressionRows rows = ExpressionRows.Of(truth, probabilities);
        float[] begin = start is null ? [.. Enumerable.Repeat(1f, rows.Classes)] : [.. start];
        if (begin.Length != rows.Classes || begin.Any(weight => !(weight > 0 && float.IsFinite(weight))))
        {
            throw new ArgumentException($"Expected {rows.Classes} positive weights, got {string.Join(" ", begin)}.", nameof(start));
        }

        return Tune(rows, rows.All, begin);
    }

    internal static ImmutableArray<float> Tune(ExpressionRows rows, int[] use, float[] start)
    {
        if (use.Length == 0)
        {
            return [.. start];
        }

        ExpressionWeightSearch search = new(rows, use, start);
        for (int turn = 0, still = 0; turn < MostRounds * rows.Classes && still < rows.Classes; turn++)
        {
            still = search.Improve(turn % rows.Classes) ? 0 : still + 1;
        }

        return MacroF1(rows, use, search.Weights) >= MacroF1(rows, use, start) ? [.. search.Weights] : [.. start];
    }

    private static double MacroF1(ExpressionRows rows, int[] use, float[] weights)
    {
        ConfusionMatrix matrix = new(rows.Classes);
        foreach (int row in use)
        {
            matrix.Add(rows.Label(row), ExpressionDecision.Choose(rows.Row(row), weights));
        }

        return matrix.MacroF1!.Value;
    }
}
