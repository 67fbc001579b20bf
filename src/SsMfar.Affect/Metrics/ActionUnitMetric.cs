using System.Collections.Immutable;
using System.Numerics;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>F1 of action units over the entries that are known. Not safe for writing from several threads.</summary>
public sealed class ActionUnitMetric
{
    private const int Outcomes = 4;

    private readonly double[] _thresholds;
    private readonly long[] _counts; // per unit: bit 1 is the truth, bit 0 the prediction

    /// <summary>Makes a metric without rows.</summary>
    /// <param name="thresholds">
    /// A unit counts as predicted when its probability is greater than this: a value for each unit, or null for 0.5 each.
    /// </param>
    /// <param name="units">The units; the challenge's twelve when null.</param>
    /// <exception cref="ArgumentException"><paramref name="thresholds"/> are not as many numbers as units.</exception>
    public ActionUnitMetric(IReadOnlyList<double>? thresholds = null, ActionUnitSet? units = null)
    {
        Units = units ?? ActionUnitSet.AffWild2;
        _counts = new long[Units.Count * Outcomes];
        _thresholds = thresholds is null ? [.. Enumerable.Repeat(0.5, Units.Count)] : [.. thresholds];
        if (_thresholds.Length != Units.Count || _thresholds.Any(double.IsNaN))
        {
            throw new ArgumentException($"Expected {Units.Count} thresholds, one a unit, none of them NaN.", nameof(thresholds));
        }
    }

    /// <summary>Gets the units; labels of others count nowhere.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets whether any entry was known.</summary>
    public bool AnyKnown => _counts.AsSpan().ContainsAnyExcept(0L);

    /// <summary>Gets the mean of the units' F1 scores, undefined ones included as 0; null when no entry was known.</summary>
    public double? MeanF1 => AnyKnown ? F1PerUnit().Average() : null;

    /// <summary>A unit's outcomes.</summary>
    /// <param name="index">The unit's place in <see cref="Units"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place of a unit.</exception>
    public BinaryCounts Counts(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Units.Count, nameof(index));
        ReadOnlySpan<long> counts = _counts.AsSpan(index * Outcomes, Outcomes);
        return new(truePositives: counts[3], falsePositives: counts[1], falseNegatives: counts[2], trueNegatives: counts[0]);
    }

    /// <summary>F1 of every unit, 0 where it neither occurs nor is predicted, in the order of <see cref="Units"/>.</summary>
    public ImmutableArray<double> F1PerUnit() => [.. Enumerable.Range(0, Units.Count).Select(i => Counts(i).F1)];

    /// <summary>Counts a row of probabilities.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="truth">The labels; unknown entries count nowhere.</param>
    /// <param name="probabilities">A finite probability for each unit.</param>
    /// <exception cref="ArgumentException"><paramref name="probabilities"/> are not a finite number for each unit.</exception>
    public void Add<T>(ActionUnitLabels truth, ReadOnlySpan<T> probabilities)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (probabilities.Length != Units.Count)
        {
            throw new ArgumentException($"Expected {Units.Count} probabilities, got {probabilities.Length}.", nameof(probabilities));
        }

        ulong predicted = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (!T.IsFinite(probabilities[i]))
            {
                throw new ArgumentException($"The probability of {Units.Names[i]} is {probabilities[i]}.", nameof(probabilities));
            }

            predicted |= double.CreateTruncating(probabilities[i]) > _thresholds[i] ? 1UL << Units.Slots[i] : 0;
        }

        Count(truth, predicted);
    }

    /// <summary>Counts a row of decisions.</summary>
    /// <param name="truth">The labels; unknown entries count nowhere.</param>
    /// <param name="predicted">The decisions; an unknown entry counts as absent.</param>
    public void Add(ActionUnitLabels truth, ActionUnitLabels predicted) => Count(truth, predicted.ActiveMask);

    /// <summary>Adds counts of one unit, such as those taken on a device.</summary>
    /// <param name="index">The unit's place in <see cref="Units"/>.</param>
    /// <param name="counts">The outcomes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place of a unit.</exception>
    public void Add(int index, BinaryCounts counts)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Units.Count, nameof(index));
        Span<long> own = _counts.AsSpan(index * Outcomes, Outcomes);
        own[0] += counts.TrueNegatives;
        own[1] += counts.FalsePositives;
        own[2] += counts.FalseNegatives;
        own[3] += counts.TruePositives;
    }

    /// <summary>Adds another metric's counts.</summary>
    /// <param name="other">Another metric; unchanged.</param>
    /// <exception cref="InvalidOperationException">It is of other units.</exception>
    internal void Merge(ActionUnitMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!Units.Equals(other.Units))
        {
            throw new InvalidOperationException($"The one is about the action units {Units}, the other about {other.Units}.");
        }

        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    private void Count(ActionUnitLabels truth, ulong predicted)
    {
        ulong active = truth.ActiveMask;
        for (ulong left = truth.KnownMask & Units.Mask; left != 0; left &= left - 1)
        {
            int slot = BitOperations.TrailingZeroCount(left);
            int outcome = (int)(((active >> slot & 1) << 1) + (predicted >> slot & 1));
            _counts[Units.PlaceOfSlot(slot) * Outcomes + outcome]++;
        }
    }
}
