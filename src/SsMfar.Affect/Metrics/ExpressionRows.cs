using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>Probabilities of expressions beside the labels. Row numbers are those of the labels.</summary>
internal sealed class ExpressionRows
{
    private readonly AnnotationSet _truth;
    private readonly float[] _probabilities;

    public ExpressionRows(AnnotationSet truth, float[] probabilities)
    {
        (_truth, _probabilities) = (truth, probabilities);
        All = [.. Enumerable.Range(0, truth.Count).Where(row => Label(row) != AnnotationColumns.UnknownExpression)
            .OrderBy(row => truth.Columns.Images[row], StringComparer.Ordinal)];
    }

    public int Classes => _truth.ExpressionClasses.Count;

    /// <summary>The rows with a known expression, by their images' names, so that sums do not depend on the order of the rows.</summary>
    public int[] All { get; }

    /// <exception cref="ArgumentException">There are not N x K probabilities, or one is outside [0, 1].</exception>
    public static ExpressionRows Of(AnnotationSet truth, ReadOnlySpan<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(truth);
        int classes = truth.ExpressionClasses.Count;
        if (probabilities.Length != (long)truth.Count * classes)
        {
            throw new ArgumentException(
                $"Expected {truth.Count} rows of {classes} probabilities, {(long)truth.Count * classes} in all, got " +
                    $"{probabilities.Length}.",
                nameof(probabilities));
        }

        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] is not (>= 0 and <= 1))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Probability {i % classes} of row {i / classes} is {probabilities[i]}, expected 0 to 1."),
                    nameof(probabilities));
            }
        }

        return new(truth, probabilities.ToArray());
    }

    public int Label(int row) => _truth.Columns.Expressions[row];

    public Span<float> Row(int row) => _probabilities.AsSpan(row * Classes, Classes);

    /// <summary>A copy whose rows are changed, given their numbers.</summary>
    public ExpressionRows With(Action<int, Span<float>> change)
    {
        ExpressionRows changed = new(_truth, [.. _probabilities]);
        for (int row = 0; row < _truth.Count; row++)
        {
            change(row, changed.Row(row));
        }

        return changed;
    }
}
