using System.Collections.Immutable;
using System.Numerics;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>F1 of the twelve action units over the entries that are known. Not safe for writing from several threads.</summary>
public sealed class ActionUnitMetric
{
    private const int Outcomes = 4;

    private readonly double[] _thresholds;
    private readonly long[] _counts = new long[ActionUnits.Count * Outcomes]; // per unit: bit 1 is the truth, bit 0 the prediction

    /// <summary>Makes a metric without rows.</summary>
    /// <param name="thresholds">
    /// A unit counts as predicted when its probability is greater than this: twelve values, or null for 0.5 each.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="thresholds"/> are not twelve numbers.</exception>
    public ActionUnitMetric(IReadOnlyList<double>? thresholds = null)
    {
        _thresholds = thresholds is null ? [.. Enumerable.Repeat(0.5, ActionUnits.Count)] : [.. thresholds];
        if (_thresholds.Length != ActionUnits.Count || _thresholds.Any(double.IsNaN))
        {
            throw new ArgumentException($"Expected {ActionUnits.Count} thresholds, one a unit, none of them NaN.", nameof(thresholds));
        }
    }

    /// <summary>Gets whether any entry was known.</summary>
    public bool AnyKnown => _counts.AsSpan().ContainsAnyExcept(0L);

    /// <summary>Gets the mean of the twelve F1 scores, undefined ones included as 0; null when no entry was known.</summary>
    public double? MeanF1 => AnyKnown ? F1PerUnit().Average() : null;

    /// <summary>A unit's outcomes.</summary>
    /// <param name="index">The unit's column, 0 to 11.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside 0 to 11.</exception>
    public BinaryCounts Counts(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ActionUnits.Count, nameof(index));
        ReadOnlySpan<long> counts = _counts.AsSpan(index * Outcomes, Outcomes);
        return new(truePositives: counts[3], falsePositives: counts[1], falseNegatives: counts[2], trueNegatives: counts[0]);
    }

    /// <summary>F1 of every unit, 0 where it neither occurs nor is predicted, in the order of <see cref="ActionUnits.All"/>.</summary>
    public ImmutableArray<double> F1PerUnit() => [.. Enumerable.Range(0, ActionUnits.Count).Select(i => Counts(i).F1)];

    /// <summary>Counts a row of probabilities.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="truth">The labels; unknown entries count nowhere.</param>
    /// <param name="probabilities">Twelve finite probabilities.</param>
    /// <exception cref="ArgumentException"><paramref name="probabilities"/> are not twelve finite numbers.</exception>
    public void Add<T>(ActionUnitLabels truth, ReadOnlySpan<T> probabilities)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (probabilities.Length != ActionUnits.Count)
        {
            throw new ArgumentException($"Expected {ActionUnits.Count} probabilities, got {probabilities.Length}.", nameof(probabilities));
        }

        int predicted = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (!T.IsFinite(probabilities[i]))
            {
                throw new ArgumentException($"The probability of {ActionUnits.Names[i]} is {probabilities[i]}.", nameof(probabilities));
            }

            predicted |= double.CreateTruncating(probabilities[i]) > _thresholds[i] ? 1 << i : 0;
        }

        Count(truth, predicted);
    }

    /// <summary>Counts a row of decisions.</summary>
    /// <param name="truth">The labels; unknown entries count nowhere.</param>
    /// <param name="predicted">The decisions; an unknown entry counts as absent.</param>
    public void Add(ActionUnitLabels truth, ActionUnitLabels predicted) => Count(truth, predicted.ActiveMask);

    /// <summary>Adds counts of one unit, such as those taken on a device.</summary>
    /// <param name="index">The unit's column, 0 to 11.</param>
    /// <param name="counts">The outcomes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside 0 to 11.</exception>
    public void Add(int index, BinaryCounts counts)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ActionUnits.Count, nameof(index));
        Span<long> own = _counts.AsSpan(index * Outcomes, Outcomes);
        own[0] += counts.TrueNegatives;
        own[1] += counts.FalsePositives;
        own[2] += counts.FalseNegatives;
        own[3] += counts.TruePositives;
    }

    /// <summary>Adds another metric's counts.</summary>
    /// <param name="other">Another metric; unchanged.</param>
    internal void Merge(ActionUnitMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    private void Count(ActionUnitLabels truth, int predicted)
    {
        int active = truth.ActiveMask;
        for (int left = truth.KnownMask; left != 0; left &= left - 1)
        {
            int i = BitOperations.TrailingZeroCount(left);
            _counts[i * Outcomes + (((active >> i) & 1) << 1) + ((predicted >> i) & 1)]++;
        }
    }
}
