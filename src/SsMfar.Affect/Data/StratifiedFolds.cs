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

        Draft draft = new(total, Math.Min(folds, sizes.Count), set.Count, StratifiedSplit.Expressions(set));

        // Large groups first, so that small ones fill what is uneven; of one size what is rare first, while all folds are open to it.
        string[] groups =
        [
            .. sizes.Keys.OrderByDescending(group => sizes[group])
                .ThenByDescending(group => Rarity(set, rowsOf[group], total))
                .ThenBy(group => StableHash.Of(group, seed)).ThenBy(group => group, StringComparer.Ordinal),
        ];
        int[] placed = Array.ConvertAll(groups, group => draft.Place(Counted(set, rowsOf[group])));
        if (draft.Held > 0)
        {
            draft.Spread(Array.ConvertAll(groups, group => Counted(set, rowsOf[group])), placed);
        }

        Dictionary<string, int> foldOf = groups.Zip(placed).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
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
    private sealed class Draft(double[] total, int folds, int rows, Range classes)
    {
        private readonly double[][] _sofar = [.. Enumerable.Range(0, folds).Select(_ => new double[total.Length])];
        private readonly int[] _groups = new int[total.Length];
        private readonly int[] _classes = [.. Enumerable.Range(0, total.Length).Take(classes)];
        private readonly int _most = (rows + folds - 1) / folds;

        /// <summary>Gets the number of classes that one fold has whole though several groups have them.</summary>
        public int Held => _classes.Count(IsHeld);

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
                _groups[stratum]++;
            }

            return chosen;
        }

        /// <summary>Moves a group, or else swaps two, for as long as fewer classes are then held by one fold.</summary>
        /// <param name="groups">The groups in the order of their placing.</param>
        /// <param name="foldOf">The fold of each, which is changed.</param>
        public void Spread(Dictionary<int, double>[] groups, int[] foldOf)
        {
            while (Held is > 0 and var held)
            {
                int[] holding = [.. Enumerable.Range(0, groups.Length).Where(group => groups[group].Keys.Intersect(_classes).Any(IsHeld))];
                var moves = holding.SelectMany(group => Enumerable.Range(0, folds).Where(fold => fold != foldOf[group])
                    .Select(fold => new Change(group, fold, null)));
                var swaps = moves.SelectMany(move => Enumerable.Range(0, groups.Length).Where(other => foldOf[other] == move.Fold)
                    .Select(other => move with { Other = other }));
                if ((Best(moves) ?? Best(swaps)) is not { } best)
                {
                    return;
                }

                Apply(best);

                // Of those that leave fewest classes in one fold, the one whose folds are most even.
                Change? Best(IEnumerable<Change> changes)
                {
                    Change? found = null;
                    (int Held, double Rows) least = (held - 1, double.PositiveInfinity);
                    foreach (Change change in changes)
                    {
                        int from = foldOf[change.Group];
                        Apply(change);
                        (int Held, double Rows) now = (Held, _sofar.Max(fold => fold[0]));
                        Apply(change with { Fold = from });
                        (found, least) = now.CompareTo(least) < 0 ? (change, now) : (found, least);
                    }

                    return found;
                }
            }

            void Apply(Change change)
            {
                int from = foldOf[change.Group];
                Move(change.Group, from, change.Fold);
                if (change.Other is { } other)
                {
                    Move(other, change.Fold, from);
                }
            }

            void Move(int group, int from, int to)
            {
                foreach ((int stratum, double count) in groups[group])
                {
                    _sofar[from][stratum] -= count;
                    _sofar[to][stratum] += count;
                }

                foldOf[group] = to;
            }
        }

        private bool IsHeld(int stratum) => _groups[stratum] > 1 && _sofar.Any(fold => fold[stratum] >= total[stratum]);

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

        /// <summary>A group to another fold, and one of that fold, if any, in its place.</summary>
        private readonly record struct Change(int Group, int Fold, int? Other);
    }
}
