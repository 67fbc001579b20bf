using SsMfar.Data;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Metrics;

/// <summary>
/// Whether groups of people, or of anything that a column of the annotations says, are read worse than the rest. Each group is compared
/// with the rows of all other groups, in F1 over the classes or units that both have, and in CCC.
/// </summary>
/// <remarks>
/// <para>
/// Intervals and p-values are those of the bootstrap of the largest studentized deviation (max-T; Westfall and Young, 1993): as many gaps
/// as there are columns, groups and tasks are looked at, and one of many is large by chance.
/// </para>
/// <para>
/// F1 follows how frequent a class is, and CCC how far labels spread. A group that differs from the rest in its labels thus differs in its
/// scores to a degree even where it is read equally well.
/// </para>
/// </remarks>
public static class Subgroups
{
    // A group in fewer drawn groups, such as videos, has no spread to judge by.
    private const int FewestDraws = 5;

    private static readonly ScoredTask[] Tasks = Enum.GetValues<ScoredTask>();

    /// <summary>Compares groups on decisions, matched with the labels by image name.</summary>
    /// <param name="truth">The labels, with the columns that make groups.</param>
    /// <param name="predictions">One row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="columns">Names of columns of text or of numbers; more than ten distinct numbers are cut in quarters.</param>
    /// <param name="options">How to compare; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">
    /// There is no such column, or it is empty; the class sets differ; an option is out of range; or there are fewer than two rows, or
    /// groups by <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SubgroupReport Compare(
        AnnotationSet truth,
        Submission predictions,
        IEnumerable<string> columns,
        SubgroupOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(columns);
        return Compare(truth, new WeightedRows(truth, predictions), columns, options ?? new(), progress, cancellationToken);
    }

    /// <summary>Compares groups on the predictions of a model, row for row.</summary>
    /// <param name="truth">The labels, with the columns that make groups.</param>
    /// <param name="predictions">A prediction for each row, in order.</param>
    /// <param name="columns">Names of columns of text or of numbers; more than ten distinct numbers are cut in quarters.</param>
    /// <param name="options">How to compare; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many predictions as rows; or as for the other overload.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SubgroupReport Compare(
        AnnotationSet truth,
        IReadOnlyList<AffectPrediction> predictions,
        IEnumerable<string> columns,
        SubgroupOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(columns);
        return predictions.Count == truth.Count
            ? Compare(truth, new WeightedRows(truth, predictions), columns, options ?? new(), progress, cancellationToken)
            : throw new ArgumentException($"There are {predictions.Count} predictions for {truth.Count} rows.", nameof(predictions));
    }

    private static SubgroupReport Compare(
        AnnotationSet truth,
        WeightedRows rows,
        IEnumerable<string> columns,
        SubgroupOptions options,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        options.Validate();
        GroupDraws draws = GroupDraws.Of(truth, options.Bootstrap);
        SubgroupLabels[] labels = [.. columns.Distinct(StringComparer.Ordinal).Select(column => SubgroupLabels.Of(truth, column))];

        // No other group can have enough labels; there may be as many as rows.
        int[] large = [.. labels.Select(column => column.Large(options.MinimumLabels))];
        PlannedComparison[] planned =
            [.. labels.SelectMany((column, i) => Plan(truth, rows, column, i, large[i], draws, options))];
        double[] Score(ReadOnlySpan<int> counts)
        {
            SubgroupTally[] tallies = [.. large.Select(groups => new SubgroupTally(groups, truth.ExpressionClasses.Count))];
            for (int i = 0; i < labels.Length; i++)
            {
                tallies[i].Add(truth.Columns, rows, labels[i].GroupOf, counts);
            }

            return [.. planned.SelectMany(comparison => comparison.Score(tallies[comparison.Column]))];
        }

        double[] values = draws.Once(Score);
        double[][] resamples = planned.Length == 0 ? [] : draws.Score(Score, options.Bootstrap, progress, cancellationToken);
        SimultaneousGaps gaps = SimultaneousGaps.Of(values, resamples, options.Bootstrap.Level);
        SubgroupComparison?[] compared =
            [.. planned.Select((comparison, i) => gaps.Comparison(comparison, labels[comparison.Column], i, options))];
        return new()
        {
            Columns = [.. labels.Select((column, i) => Column(column, i, planned, compared))],
            Tasks =
            [
                .. Tasks.Where(task =>
                    rows.Has(task) && Enumerable.Range(0, truth.Count).Any(row => IsLabelled(truth.Columns, row, task))),
            ],
            Comparisons = compared.Count(comparison => comparison is not null),
            Resamples = options.Bootstrap.Resamples,
            Level = options.Bootstrap.Level,
            FalseAlarmRate = options.FalseAlarmRate,
        };
    }

    private static SubgroupColumn Column(
        SubgroupLabels column, int index, PlannedComparison[] planned, SubgroupComparison?[] compared)
    {
        ILookup<int, SubgroupComparison> comparisons = planned.Zip(compared)
            .Where(pair => pair.First.Column == index && pair.Second is not null)
            .ToLookup(pair => pair.First.Group, pair => pair.Second!);
        return new()
        {
            Name = column.Column,
            UnknownRows = column.GroupOf.Count(group => group == SubgroupLabels.None),
            Groups =
            [
                .. column.Names.Select((name, group) => new Subgroup
                {
                    Name = name, Rows = column.Rows(group), Comparisons = [.. comparisons[group]],
                }),
            ],
        };
    }

    private static IEnumerable<PlannedComparison> Plan(
        AnnotationSet truth, WeightedRows rows, SubgroupLabels column, int index, int groups, GroupDraws draws, SubgroupOptions options)
    {
        SubgroupTally once = new(groups, truth.ExpressionClasses.Count);
        once.Add(truth.Columns, rows, column.GroupOf, [.. Enumerable.Repeat(1, truth.Count)]);
        foreach (ScoredTask task in Tasks.Where(rows.Has))
        {
            LabelledRows labelled = new(column, row => IsLabelled(truth.Columns, row, task), draws, options.MinimumLabels);
            LabelledRows[] sides = task == ScoredTask.ValenceArousal
                ? [.. Enumerable.Range(0, 2).Select(side => new LabelledRows(
                    column, row => !double.IsNaN(Label(side)(row)), draws, options.MinimumLabels))]
                : [];
            for (int group = 0; group < groups; group++)
            {
                if (!labelled.Suffice(group))
                {
                    continue;
                }

                int[] parts = task == ScoredTask.ValenceArousal
                    ? [.. Enumerable.Range(0, 2).Where(side => sides[side].Suffice(group))]
                    : Parts(once, group, task, truth.ExpressionClasses.Count, rows.Units, options.MinimumOccurrences);
                bool isDefined = task != ScoredTask.ValenceArousal || parts.All(side => sides[side].Differ(group, Label(side)));
                if (parts.Length > 0 && isDefined)
                {
                    yield return new(index, group, task, labelled.Of(group), parts);
                }
            }
        }

        Func<int, double> Label(int side) => row => truth.Columns.ValenceArousal[(2 * row) + side];
    }

    private static int[] Parts(SubgroupTally once, int group, ScoredTask task, int classes, ActionUnitSet units, int least)
    {
        return task == ScoredTask.Expression
            ? [.. Enumerable.Range(0, classes).Where(label => Both(once.Occurrences, label))]
            : [.. units.Units.Select(ActionUnits.SlotOf).Where(slot => Both(once.Present, slot))];

        bool Both(Func<int, int, double> count, int part) =>
            count(group, part) >= least && count(once.All, part) - count(group, part) >= least;
    }

    private static bool IsLabelled(AnnotationColumns truth, int row, ScoredTask task) => task switch
    {
        ScoredTask.Expression => truth.Expressions[row] != AnnotationColumns.UnknownExpression,
        ScoredTask.ActionUnits => truth.ActionUnits[row].AnyKnown,
        _ => truth.HasValenceOrArousal(row),
    };

    /// <summary>The rows with a label, by their groups.</summary>
    private sealed class LabelledRows
    {
        private readonly SubgroupLabels _column;
        private readonly GroupDraws _draws;
        private readonly int _least;
        private readonly int[] _all;
        private readonly ILookup<int, int> _byGroup;

        public LabelledRows(SubgroupLabels column, Predicate<int> isLabelled, GroupDraws draws, int least)
        {
            (_column, _draws, _least) = (column, draws, least);
            _all = [.. Enumerable.Range(0, column.GroupOf.Length)
                .Where(row => column.GroupOf[row] != SubgroupLabels.None && isLabelled(row))];
            _byGroup = _all.ToLookup(row => column.GroupOf[row]);
        }

        public int Of(int group) => _byGroup[group].Count();

        /// <summary>Whether a group and the rest of the rows both have enough of them, in enough of what is drawn.</summary>
        public bool Suffice(int group) =>
            Of(group) is var own && own >= _least && _all.Length - own >= _least && Draws(_byGroup[group]) >= FewestDraws
            && Draws(_all.Where(row => _column.GroupOf[row] != group)) >= FewestDraws;

        /// <summary>
        /// Whether the values of a group differ among each other, and those of the rest: where all are alike CCC is 0 however well they
        /// are predicted.
        /// </summary>
        public bool Differ(int group, Func<int, double> value) =>
            AreDifferent(_byGroup[group].Select(value))
            && AreDifferent(_all.Where(row => _column.GroupOf[row] != group).Select(value));

        private static bool AreDifferent(IEnumerable<double> values) => values.Distinct().Take(2).Count() == 2;

        private int Draws(IEnumerable<int> some) => some.Select(row => _draws.GroupOf[row]).Distinct().Take(FewestDraws).Count();
    }
}
