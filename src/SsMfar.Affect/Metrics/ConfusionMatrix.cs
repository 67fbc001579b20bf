using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>
/// Counts of true against predicted classes, and the scores that follow from them. Not safe for writing from several threads.
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts; // truth-major

    /// <summary>Makes an empty matrix.</summary>
    /// <param name="classCount">The number of classes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classCount"/> is below 1.</exception>
    public ConfusionMatrix(int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        ClassCount = classCount;
        _counts = new long[classCount * classCount];
    }

    /// <summary>Gets the number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Gets or sets the rows counted.</summary>
    public long Total { get; private set; }

    /// <summary>How many rows of class <paramref name="truth"/> were predicted as <paramref name="predicted"/>.</summary>
    /// <param name="truth">0 to <see cref="ClassCount"/> - 1.</param>
    /// <param name="predicted">0 to <see cref="ClassCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A class is outside the matrix.</exception>
    public long this[int truth, int predicted] => _counts[Cell(truth, predicted)];

    /// <summary>Gets the share of rows predicted right; null without a row.</summary>
    public double? Accuracy => Total == 0 ? null : (double)Enumerable.Range(0, ClassCount).Sum(i => this[i, i]) / Total;

    /// <summary>Gets the mean of <see cref="F1"/> over all classes, those that never occur included (as 0); null without a row.</summary>
    public double? MacroF1 => Total == 0 ? null : F1PerClass().Average();

    /// <summary>Counts rows of one class and prediction.</summary>
    /// <param name="truth">0 to <see cref="ClassCount"/> - 1.</param>
    /// <param name="predicted">0 to <see cref="ClassCount"/> - 1.</param>
    /// <param name="count">How many; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A class is outside the matrix, or <paramref name="count"/> is negative.</exception>
    public void Add(int truth, int predicted, long count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _counts[Cell(truth, predicted)] += count;
        Total += count;
    }

    /// <summary>Adds another matrix's counts.</summary>
    /// <param name="other">A matrix with as many classes; unchanged.</param>
    /// <exception cref="ArgumentException">The matrices differ in size.</exception>
    internal void Merge(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.ClassCount != ClassCount)
        {
            throw new ArgumentException($"A matrix of {other.ClassCount} classes cannot join one of {ClassCount}.");
        }

        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Total += other.Total;
    }

    /// <summary>The harmonic mean of precision and recall of a class; 0 where it neither occurs nor is predicted.</summary>
    /// <param name="index">0 to <see cref="ClassCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The class is outside the matrix.</exception>
    public double F1(int index) => Ratio(2 * this[index, index], Truths(index) + Predictions(index));

    /// <summary><see cref="F1"/> of every class.</summary>
    public ImmutableArray<double> F1PerClass() => [.. Enumerable.Range(0, ClassCount).Select(F1)];

    /// <summary>The share of a class's predictions that are right; 0 where it is never predicted.</summary>
    /// <param name="index">0 to <see cref="ClassCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The class is outside the matrix.</exception>
    public double Precision(int index) => Ratio(this[index, index], Predictions(index));

    /// <summary>The share of a class's rows that are predicted right; 0 where it never occurs.</summary>
    /// <param name="index">0 to <see cref="ClassCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The class is outside the matrix.</exception>
    public double Recall(int index) => Ratio(this[index, index], Truths(index));

    private static double Ratio(long numerator, long denominator) => denominator == 0 ? 0 : (double)numerator / denominator;

    private long Truths(int index) => Enumerable.Range(0, ClassCount).Sum(k => this[index, k]);

    private long Predictions(int index) => Enumerable.Range(0, ClassCount).Sum(k => this[k, index]);

    private int Cell(int truth, int predicted)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)ClassCount, nameof(truth));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predicted, (uint)ClassCount, nameof(predicted));
        return truth * ClassCount + predicted;
    }
}
