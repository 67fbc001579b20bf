using System.Numerics;
using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>Draws whole groups of rows such that each label has its share on both sides.</summary>
internal static class StratifiedSplit
{
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

        bool[] drawn = new bool[set.Count];
        int count = 0;
        double[] sofar = new double[total.Length], own = new double[total.Length];
        List<int>? smallest = null;

        // Large groups first: later, smaller ones fill what they leave.
        foreach (List<int> rows in rowsOf.OrderByDescending(group => group.Value.Count).ThenBy(group => StableHash.Of(group.Key, seed))
            .ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Value))
        {
            smallest = rows;
            Array.Clear(own);
            Count(set, rows, own);
            if (count < rowsOf.Count - 1 && Gain(own, sofar, total, share) > 0)
            {
                Count(set, rows, sofar);
                rows.ForEach(row => drawn[row] = true);
                count++;
            }
        }

        if (count == 0)
        {
            smallest!.ForEach(row => drawn[row] = true);
        }

        return drawn;
    }

    // Rows, rows of each expression, with valence and arousal, and with each unit present and absent.
    private static int Strata(AnnotationSet set) => 2 + set.ExpressionClasses.Count + 2 * ActionUnits.Count;

    private static void Count(AnnotationSet set, List<int> rows, double[] counts)
    {
        int classes = set.ExpressionClasses.Count;
        AnnotationColumns columns = set.Columns;
        foreach (int row in rows)
        {
            counts[0]++;
            counts[1] += columns.HasValenceArousal(row) ? 1 : 0;
            if (columns.Expressions[row] is >= 0 and var expression)
            {
                counts[2 + expression]++;
            }

            ActionUnitLabels units = columns.ActionUnits[row];
            for (int left = units.KnownMask; left != 0; left &= left - 1)
            {
                int unit = BitOperations.TrailingZeroCount(left);
                counts[2 + classes + 2 * unit + ((units.ActiveMask >> unit) & 1)]++;
            }
        }
    }

    // By how much the sum of squared errors of all shares falls.
    private static double Gain(double[] own, double[] sofar, double[] total, double share)
    {
        double gain = 0;
        for (int i = 0; i < own.Length; i++)
        {
            if (own[i] > 0)
            {
                double before = sofar[i] / total[i] - share, after = (sofar[i] + own[i]) / total[i] - share;
                gain += before * before - after * after;
            }
        }

        return gain;
    }
}
