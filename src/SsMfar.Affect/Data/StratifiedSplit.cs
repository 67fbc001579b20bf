using System.Numerics;
using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>Draws whole groups of rows such that each label has its share on both sides.</summary>
internal static class StratifiedSplit
{
    private const int FirstLabel = 2;

    /// <summary>Which rows are drawn.</summary>
    /// <param name="set">The rows.</param>
    /// <param name="groupOf">The group of each row.</param>
    /// <param name="share">The share of rows, and of rows of each label, to aim at.</param>
    /// <param name="seed">The order in which groups are looked at.</param>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public static bool[] Choose(AnnotationSet set, string[] groupOf, double share, long seed)
    {
        Dictionary<string, List<int>> rowsOf = new(StringComparer.Ordinal);
        for (int i = 0; i < groupOf.Length; i++)
        {
            if (!rowsOf.TryGetValue(groupOf[i], out List<int>? rows))
            {
                rowsOf.Add(groupOf[i], rows = []);
            }

            rows.Add(i);
        }

        if (rowsOf.Count < 2)
        {
            throw new InvalidOperationException(rowsOf.Count == 0
                ? "Cannot split: there are no rows."
                : $"Cannot split: all {groupOf.Length} rows are of one group, '{rowsOf.Keys.First()}'.");
        }

        double[] total = new double[Strata(set)];
        foreach (List<int> rows in rowsOf.Values)
        {
            Count(set, rows, total);
        }

        double[] own = new double[total.Length];

        // What is rare is dealt out first: later, common rows even out the shares of what is common.
        List<int>[] groups =
        [
            .. rowsOf.OrderByDescending(group => Rarity(set, group.Value, total, own)).ThenBy(group => StableHash.Of(group.Key, seed))
                .ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Value),
        ];
        Draft draft = new(set, total, share, groups.Length - 1);
        List<int>[] left = [.. groups.Where(group => !draft.Take(group, gainful: true))];

        // Where labels that belong together left the share of rows open, those are next that do the least harm.
        foreach (List<int> group in left.OrderByDescending(draft.Gain))
        {
            draft.Take(group, gainful: false);
        }

        if (draft.Taken == 0)
        {
            // The smallest of those without which training lacks the fewest labels.
            List<int> least = groups.OrderBy(draft.Lost).ThenBy(group => group.Count).First();
            if (draft.LosesTask(least) is { } task)
            {
                throw new InvalidOperationException(
                    $"Cannot split: each group has all rows of some task, as '{rowsOf.First(group => group.Value == least).Key}' has of " +
                        $"{task}, so that training would not learn it.");
            }

            least.ForEach(row => draft.Drawn[row] = true);
        }

        return draft.Drawn;
    }

    private static double Rarity(AnnotationSet set, List<int> rows, double[] total, double[] own)
    {
        Array.Clear(own);
        Count(set, rows, own);
        double most = 0;
        for (int i = 0; i < own.Length; i++)
        {
            most = own[i] > 0 ? Math.Max(most, own[i] / total[i]) : most;
        }

        return most;
    }

    // Rows, rows of each expression, with valence or arousal, with each unit present and absent, and with each intensity below 1 and above.
    internal static int Strata(AnnotationSet set) =>
        FirstLabel + set.ExpressionClasses.Count + 2 * (set.Units.Count + (set.IntensityUnits?.Count ?? 0));

    /// <summary>The strata of expressions.</summary>
    internal static Range Expressions(AnnotationSet set) => FirstLabel..(FirstLabel + set.ExpressionClasses.Count);

    private static void Count(AnnotationSet set, List<int> rows, double[] counts)
    {
        foreach (int row in rows)
        {
            Count(set, row, counts);
        }
    }

    /// <summary>Adds a row to the counts of its strata; that of rows is the first.</summary>
    internal static void Count(AnnotationSet set, int row, double[] counts)
    {
        int classes = set.ExpressionClasses.Count;
        AnnotationColumns columns = set.Columns;
        counts[0]++;
        counts[1] += columns.HasValenceOrArousal(row) ? 1 : 0;
        if (columns.Expressions[row] is >= 0 and var expression)
        {
            counts[FirstLabel + expression]++;
        }

        ActionUnitLabels units = columns.ActionUnits[row];
        for (ulong left = units.KnownMask; left != 0; left &= left - 1)
        {
            int slot = BitOperations.TrailingZeroCount(left);
            counts[FirstLabel + classes + 2 * set.Units.PlaceOfSlot(slot) + (int)((units.ActiveMask >> slot) & 1)]++;
        }

        CountIntensities(set, row, counts.AsSpan(FirstLabel + classes + 2 * set.Units.Count));
    }

    private static void CountIntensities(AnnotationSet set, int row, Span<double> counts)
    {
        if (set.IntensityUnits is not { } intensityUnits)
        {
            return;
        }

        ActionUnitIntensities intensities = set[row].Intensities;
        for (int i = 0; i < intensityUnits.Count; i++)
        {
            float value = intensities.AtPlace(i);
            if (!float.IsNaN(value))
            {
                counts[2 * i + (value >= 1 ? 1 : 0)]++;
            }
        }
    }

    /// <summary>The groups taken so far.</summary>
    private sealed class Draft(AnnotationSet set, double[] total, double share, int most)
    {
        private readonly double[] _sofar = new double[total.Length];
        private readonly double[] _own = new double[total.Length];

        public bool[] Drawn { get; } = new bool[set.Count];

        public int Taken { get; private set; }

        /// <summary>By how much the sum of squared errors of all shares falls with a group.</summary>
        public double Gain(List<int> rows)
        {
            Look(rows);
            double gain = 0;
            for (int i = 0; i < _own.Length; i++)
            {
                if (_own[i] > 0)
                {
                    double before = _sofar[i] / total[i] - share, after = (_sofar[i] + _own[i]) / total[i] - share;
                    gain += before * before - after * after;
                }
            }

            return gain;
        }

        /// <summary>
        /// Takes a group where the share of rows comes closer by it and, if asked for, the labels' do on the whole; never the last rows of
        /// a class, a unit, or a task.
        /// </summary>
        public bool Take(List<int> rows, bool gainful)
        {
            double target = share * set.Count;
            if (Taken == most || !(_sofar[0] + rows.Count - target < target - _sofar[0]))
            {
                return false;
            }

            bool gains = Gain(rows) > 0;
            if ((gainful && !gains) || TakesTheLast())
            {
                return false;
            }

            Count(set, rows, _sofar);
            rows.ForEach(row => Drawn[row] = true);
            Taken++;
            return true;
        }

        /// <summary>Of how many classes, units or tasks training would know nothing without a group.</summary>
        public int Lost(List<int> rows)
        {
            Look(rows);
            return Enumerable.Range(1, _own.Length - 1).Count(IsTheLast);
        }

        /// <summary>The task of which a group has all labels; null where it has some of each at most.</summary>
        public string? LosesTask(List<int> rows)
        {
            Look(rows);
            int units = FirstLabel + set.ExpressionClasses.Count, intensities = units + (2 * set.Units.Count);
            return IsTheLast(1) ? "valence and arousal"
                : AreTheLast(FirstLabel, units) ? "expression"
                : AreTheLast(units, intensities) ? "action units"
                : AreTheLast(intensities, total.Length) ? "intensities"
                : null;
        }

        private void Look(List<int> rows)
        {
            Array.Clear(_own);
            Count(set, rows, _own);
        }

        private bool AreTheLast(int first, int end) =>
            total[first..end].Any(count => count > 0) &&
            Enumerable.Range(first, end - first).All(i => total[i] == 0 || IsTheLast(i));

        private bool TakesTheLast() => Enumerable.Range(1, _own.Length - 1).Any(IsTheLast);

        // Of what training would then know nothing of.
        private bool IsTheLast(int i) => _own[i] > 0 && _sofar[i] + _own[i] >= total[i];
    }
}
