using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>
/// Chooses the probability above which an action unit counts as present so that its F1 is the highest that any threshold gives: an exact
/// search over the sorted probabilities, not a grid.
/// </summary>
public static class ThresholdTuning
{
    private const float Undecided = 0.5f;

    /// <summary>The best threshold of one unit.</summary>
    /// <param name="probabilities">N probabilities in [0, 1].</param>
    /// <param name="present">The N labels.</param>
    /// <param name="start">The threshold, in (0, 1), that stays where none gives a higher F1, as where the unit never occurs.</param>
    /// <returns>
    /// A threshold in (0, 1), half way between two neighbouring probabilities; of equally good ones the nearest to
    /// <paramref name="start"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The lengths differ, or a number is outside its range.</exception>
    internal static float Best(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> present, float start = Undecided)
    {
        if (probabilities.Length != present.Length)
        {
            throw new ArgumentException($"There are {probabilities.Length} probabilities for {present.Length} labels.");
        }

        CheckThreshold(start);
        (float Probability, bool Present)[] rows = new (float, bool)[present.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (probabilities[i], present[i]);
            if (probabilities[i] is not (>= 0 and <= 1))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Probability {i} is {probabilities[i]}, expected 0 to 1."),
                    nameof(probabilities));
            }
        }

        Array.Sort(rows, (a, b) => b.Probability.CompareTo(a.Probability));
        return Search(rows, start);
    }

    /// <summary>The best threshold of every unit, over the entries that are known.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="probabilities">N x U probabilities in [0, 1], row by row, of <paramref name="units"/>.</param>
    /// <param name="start">The thresholds of the units to begin with, each in (0, 1); 0.5 each when null.</param>
    /// <param name="units">The units; those of <paramref name="truth"/> when null.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a number is outside its range.</exception>
    public static ImmutableArray<float> Tune(
        AnnotationSet truth, ReadOnlySpan<float> probabilities, IReadOnlyList<float>? start = null, ActionUnitSet? units = null)
    {
        ArgumentNullException.ThrowIfNull(truth);
        units ??= truth.Units;
        float[] begin = Check(truth, units, probabilities, start);
        return Tune(truth, units, probabilities, begin, _ => true);
    }

    /// <summary>Tunes on all rows, and measures by cross-fitting what tuning is worth.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="probabilities">N x U probabilities in [0, 1], row by row, of <paramref name="units"/>.</param>
    /// <param name="start">The thresholds of the units to begin with, each in (0, 1); 0.5 each when null.</param>
    /// <param name="groupBy">
    /// The group of an image, such as <see cref="ImageGroups.Video"/>: a group's rows are all in one fold. Null: rows part singly.
    /// </param>
    /// <param name="seed">Chooses the five folds, or as many as there are groups.</param>
    /// <param name="units">The units; those of <paramref name="truth"/> when null.</param>
    /// <exception cref="ArgumentException">
    /// A length is wrong, a number is outside its range, or there are fewer than two rows or groups.
    /// </exception>
    public static ThresholdTuningResult CrossFit(
        AnnotationSet truth,
        ReadOnlySpan<float> probabilities,
        IReadOnlyList<float>? start = null,
        Func<string, string>? groupBy = null,
        long seed = 0,
        ActionUnitSet? units = null)
    {
        ArgumentNullException.ThrowIfNull(truth);
        units ??= truth.Units;
        float[] begin = Check(truth, units, probabilities, start);
        int[] foldOf = Folds(truth, DecisionTuningOptions.UsualFolds, seed, groupBy);
        ImmutableArray<float>[] held = TuneFolds(truth, units, probabilities, begin, foldOf);
        ImmutableArray<float> tuned = Tune(truth, units, probabilities, begin, _ => true);
        return new(
            tuned,
            Score(truth, units, probabilities, _ => begin),
            Score(truth, units, probabilities, row => held[foldOf[row]]),
            Score(truth, units, probabilities, _ => tuned));
    }

    /// <summary>For each fold the thresholds that are best on the rows of the others.</summary>
    internal static ImmutableArray<float>[] TuneFolds(
        AnnotationSet truth, ActionUnitSet units, ReadOnlySpan<float> probabilities, float[] start, int[] foldOf)
    {
        ImmutableArray<float>[] held = new ImmutableArray<float>[foldOf.Max() + 1];
        for (int fold = 0; fold < held.Length; fold++)
        {
            held[fold] = Tune(truth, units, probabilities, start, row => foldOf[row] != fold);
        }

        return held;
    }

    /// <summary>The fold of each row.</summary>
    /// <exception cref="ArgumentException">There are fewer than two groups.</exception>
    internal static int[] Folds(AnnotationSet truth, int folds, long seed, Func<string, string>? groupBy)
    {
        try
        {
            return GroupSplit.Folds(truth.Columns.Images, folds, seed, groupBy ?? (image => image));
        }
        catch (InvalidOperationException fault)
        {
            throw new ArgumentException(fault.Message, nameof(groupBy), fault);
        }
    }

    // Rows come from the highest probability down. A cut between two different ones makes those above it positive.
    private static float Search((float Probability, bool Present)[] rows, float start)
    {
        long positives = rows.LongCount(row => row.Present);
        (long hits, long predicted) = (rows.LongCount(row => row.Present && row.Probability > start),
            rows.LongCount(row => row.Probability > start));
        float best = start;
        bool isStart = true;
        long rightAbove = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            rightAbove += rows[i].Present ? 1 : 0;
            float below = i + 1 < rows.Length ? rows[i + 1].Probability : 0;
            if (Between(below, rows[i].Probability) is not { } cut)
            {
                continue;
            }

            // F1 = 2 hits / (positives + predicted), compared without rounding.
            long gain = (rightAbove * (positives + predicted)).CompareTo(hits * (positives + i + 1));
            if (gain > 0 || (gain == 0 && !isStart && Math.Abs(cut - start) < Math.Abs(best - start)))
            {
                (best, hits, predicted, isStart) = (cut, rightAbove, i + 1, false);
            }
        }

        return best;
    }

    // A threshold in (0, 1) with the upper value above it and the lower one not; null where there is none.
    private static float? Between(float lower, float upper)
    {
        float middle = (float)((lower + (double)upper) / 2);
        float cut = middle < upper ? middle : lower;
        return lower < upper && cut is > 0 and < 1 ? cut : null;
    }

    private static ImmutableArray<float> Tune(
        AnnotationSet truth, ActionUnitSet units, ReadOnlySpan<float> probabilities, float[] start, Func<int, bool> use)
    {
        float[] thresholds = new float[units.Count];
        List<float> column = new(truth.Count);
        List<bool> present = new(truth.Count);
        for (int unit = 0; unit < thresholds.Length; unit++)
        {
            column.Clear();
            present.Clear();
            for (int row = 0; row < truth.Count; row++)
            {
                if (truth.Columns.ActionUnits[row].AtSlot(units.Slots[unit]) is { } label && use(row))
                {
                    column.Add(probabilities[(row * units.Count) + unit]);
                    present.Add(label);
                }
            }

            thresholds[unit] = Best(column.ToArray(), present.ToArray(), start[unit]);
        }

        return [.. thresholds];
    }

    private static ActionUnitScores? Score(
        AnnotationSet truth,
        ActionUnitSet units,
        ReadOnlySpan<float> probabilities,
        Func<int, IReadOnlyList<float>> thresholds)
    {
        ActionUnitMetric metric = new(units: units);
        for (int row = 0; row < truth.Count; row++)
        {
            IReadOnlyList<float> own = thresholds(row);
            ulong active = 0;
            for (int unit = 0; unit < units.Count; unit++)
            {
                active |= probabilities[(row * units.Count) + unit] > own[unit] ? 1UL << units.Slots[unit] : 0;
            }

            metric.Add(truth.Columns.ActionUnits[row], ActionUnitLabels.FromMasks(units.Mask, active));
        }

        return metric.MeanF1 is { } mean ? new(mean, metric.F1PerUnit(), units) : null;
    }

    private static float[] Check(
        AnnotationSet truth, ActionUnitSet units, ReadOnlySpan<float> probabilities, IReadOnlyList<float>? start)
    {
        if (probabilities.Length != (long)truth.Count * units.Count)
        {
            throw new ArgumentException(
                $"Expected {truth.Count} rows of {units.Count} probabilities, {(long)truth.Count * units.Count} in all, got " +
                    $"{probabilities.Length}.",
                nameof(probabilities));
        }

        float[] begin = start is null ? [.. Enumerable.Repeat(Undecided, units.Count)] : [.. start];
        if (begin.Length != units.Count)
        {
            throw new ArgumentException($"Expected {units.Count} thresholds, got {begin.Length}.", nameof(start));
        }

        Array.ForEach(begin, CheckThreshold);
        return begin;
    }

    private static void CheckThreshold(float start)
    {
        if (start is not (> 0 and < 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"The threshold {start} is not between 0 and 1."), nameof(start));
        }
    }
}
