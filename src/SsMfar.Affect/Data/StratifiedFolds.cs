using System.Numerics;
using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>
/// Parts whole groups of rows into folds such that each label, and each unit of each expression, has its share in every fold: iterative
/// stratification (Sechidis, Tsoumakas and Vlahavas, 2011) with pairs of labels (Szymański and Kajdanowicz, 2017).
/// </summary>
internal static class StratifiedFolds
{
    /// <summary>The fold of each row, from 0. It does not depend on the order of the rows.</summary>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public static int[] Of(AnnotationSet set, int folds, long seed, Func<string, string> groupBy)
    {
        (string[] groupOf, Dictionary<string, int> sizes) = GroupSplit.Groups(set.Columns.Images, groupBy);
        ILookup<string, int> rowsOf = Enumerable.Range(0, set.Count).ToLookup(row => groupOf[row], StringComparer.Ordinal);
        double[] total = new double[Strata(set)];
        foreach (int row in Enumerable.Range(0, set.Count))
        {
            Count(set, row, total);
        }

        Draft draft = new(total, Math.Min(folds, sizes.Count), set.Count);
        Dictionary<string, int> foldOf = new(sizes.Count, StringComparer.Ordinal);

        // Large groups first, so that small ones fill what is uneven; of one size what is rare first, while all folds are open to it.
        foreach (string group in sizes.Keys.OrderByDescending(group => sizes[group])
            .ThenByDescending(group => Rarity(set, rowsOf[group], total))
            .ThenBy(group => StableHash.Of(group, seed)).ThenBy(group => group, StringComparer.Ordinal))
        {
            foldOf.Add(group, draft.Place(Counted(set, rowsOf[group])));
        }

        return Array.ConvertAll(groupOf, group => foldOf[group]);
    }

    private static double Rarity(AnnotationSet set, IEnumerable<int> rows, double[] total) =>
        Counted(set, rows).Max(stratum => stratum.Value / total[stratum.Key]);

    private static Dictionary<int, double> Counted(AnnotationSet set, IEnumerable<int> rows)
    {
        double[] counts = new double[Strata(set)];
        foreach (int row in rows)
        {
            Count(set, row, counts);
        }

        return counts.Index().Where(stratum => stratum.Item > 0).ToDictionary(stratum => stratum.Index, stratum => stratum.Item);
    }

    private static int Strata(AnnotationSet set) =>
        StratifiedSplit.Strata(set) + (set.ExpressionClasses.Count * set.Units.Count);

    private static void Count(AnnotationSet set, int row, double[] counts)
    {
        StratifiedSplit.Count(set, row, counts);
        if (set.Columns.Expressions[row] is not (>= 0 and var expression))
        {
            return;
        }

        int first = StratifiedSplit.Strata(set) + (expression * set.Units.Count);
        for (ulong left = set.Columns.ActionUnits[row].ActiveMask; left != 0; left &= left - 1)
        {
            counts[first + set.Units.PlaceOfSlot(BitOperations.TrailingZeroCount(left))]++;
        }
    }

    /// <summary>The folds so far.</summary>
    private sealed class Draft(double[] total, int folds, int rows)
    {
        private readonly double[][] _sofar = [.. Enumerable.Range(0, folds).Select(_ => new double[total.Length])];
        private readonly int _most = (rows + folds - 1) / folds;

        /// <summary>
        /// Puts a group where it brings the shares closest to those of the whole set, among the folds that it still fits into; where there
        /// are none, into the smallest. Before that counts that no fold comes to hold all of a label that several groups have.
        /// </summary>
        public int Place(Dictionary<int, double> group)
        {
            int[] safe = [.. Enumerable.Range(0, folds).Where(fold => !HoldsAll(fold, group))];
            int[] among = safe.Length > 0 ? safe : [.. Enumerable.Range(0, folds)];
            int[] open = [.. among.Where(fold => _sofar[fold][0] + group[0] <= _most)];
            int chosen = open.Length > 0
                ? open.OrderBy(fold => Harm(fold, group)).ThenBy(fold => _sofar[fold][0]).ThenBy(fold => fold).First()
                : among.MinBy(fold => _sofar[fold][0]);
            foreach ((int stratum, double count) in group)
            {
                _sofar[chosen][stratum] += count;
            }

            return chosen;
        }

        // Those of which one group has all cannot be helped.
        private bool HoldsAll(int fold, Dictionary<int, double> group) => group.Any(stratum =>
            stratum.Value < total[stratum.Key] && _sofar[fold][stratum.Key] + stratum.Value >= total[stratum.Key]);

        // By how much the sum of squared errors of the shares grows.
        private double Harm(int fold, Dictionary<int, double> group)
        {
            double harm = 0, share = 1.0 / folds;
            foreach ((int stratum, double count) in group)
            {
                double before = (_sofar[fold][stratum] / total[stratum]) - share;
                double after = ((_sofar[fold][stratum] + count) / total[stratum]) - share;
                harm += (after * after) - (before * before);
            }

            return harm;
        }
    }
}
