using System.Collections.Immutable;
using SsMfar.Metrics;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports;

/// <summary>Tasks in the words of pages.</summary>
internal static class TaskWords
{
    public static string Of(ScoredTask task) => task switch
    {
        ScoredTask.Expression => "expression, F1",
        ScoredTask.ActionUnits => "action units, F1",
        _ => "valence and arousal, CCC",
    };
}

/// <summary>Predictions beside earlier ones, as a page shows it.</summary>
internal sealed class GateView(ScoreGateResult? gate, string? than)
{
    public ImmutableArray<RowView> Rows => gate is null
        ? []
        :
        [
            .. gate.Tasks.Select(task => new RowView(
                TaskWords.Of(task.Task), PageNumbers.Text(task.Earlier), PageNumbers.Text(task.Score),
                PageNumbers.Signed(task.Score - task.Earlier), PageNumbers.SignedEnds(task.Difference),
                task.IsWorse ? "worse" : "not worse")),
        ];

    public string Than => than ?? "the earlier predictions";

    public string Margin => PageNumbers.Text(gate?.Margin);

    public string Verdict => gate is null ? "" : gate.IsWorse ? "Worse" : "Not worse";

    public string LeftOut => string.Join("; ", gate?.LeftOut.Select(TaskWords.Of) ?? []);

    /// <summary>A task.</summary>
    internal sealed record RowView(string Name, string Earlier, string Now, string Difference, string Interval, string Verdict);
}

/// <summary>Groups of rows, as a page shows them.</summary>
internal sealed class SubgroupsView(SubgroupReport? report)
{
    public ImmutableArray<ColumnView> Columns =>
        report is null ? [] : [.. report.Columns.Select(column => new ColumnView(column, report.Tasks))];

    public int Comparisons => report?.Comparisons ?? 0;

    public string Level => PageNumbers.Level(report?.Level ?? 0);

    public string FalseAlarms => PageNumbers.Level(report?.FalseAlarmRate ?? 0);

    public bool AnyFound => report?.AnyFound ?? false;

    /// <summary>A column of the annotations.</summary>
    internal sealed class ColumnView(SubgroupColumn column, ImmutableArray<ScoredTask> tasks)
    {
        // What was not compared is counted, and named as far as names can be read.
        private const int MostNames = 12;

        public string Name => column.Name;

        public int Unknown => column.UnknownRows;

        public ImmutableArray<string> Worst =>
        [
            .. Enum.GetValues<ScoredTask>().SelectMany(task => column.Notable(task).Where(group => group.Gap.Value > 0)
                .Select((group, i) => $"{TaskWords.Of(task)}: {(i == 0 ? "worst is " : "")}{group.Group}, " +
                    $"{PageNumbers.Text(group.Gap.Value)} below the rest ({PageNumbers.SignedEnds(group.Gap)}), " +
                    (group.IsFound ? "more than chance explains" : "which chance may explain"))),
        ];

        public ImmutableArray<RowView> Rows =>
        [
            .. column.Groups.SelectMany(group => group.Comparisons.Select(comparison => new RowView(
                group.Name, TaskWords.Of(comparison.Task), PageNumbers.Whole(comparison.Labels), comparison.Parts,
                IntervalView.Of(comparison.Score), PageNumbers.Text(comparison.Rest), PageNumbers.Signed(comparison.Gap.Value),
                PageNumbers.SignedEnds(comparison.Gap), PageNumbers.Text(comparison.P), Verdict(comparison)))),
        ];

        public ImmutableArray<string> TooSmall => NotCompared(column, tasks, TaskWords.Of);

        /// <summary>A line for each task with groups that were not compared in it, or one where these are the same in all.</summary>
        public static ImmutableArray<string> NotCompared(
            SubgroupColumn column, ImmutableArray<ScoredTask> tasks, Func<ScoredTask, string> word)
        {
            (string Task, string Names)[] small =
                [.. tasks.Select(task => (word(task), Names(column.NotCompared(task)))).Where(line => line.Item2.Length > 0)];
            return small.Length == tasks.Length && small.DistinctBy(line => line.Names).Count() == 1
                ? [small[0].Names]
                : [.. small.Select(line => $"{line.Task}: {line.Names}")];
        }

        private static string Names(ImmutableArray<Subgroup> groups) =>
            string.Join(", ", groups.Take(MostNames).Select(group => $"{group.Name} ({PageNumbers.Whole(group.Rows)})")) +
            (groups.Length > MostNames ? $" and {PageNumbers.Whole(groups.Length - MostNames)} more" : "");

        private static string Verdict(SubgroupComparison comparison) =>
            !comparison.IsFound ? "" : comparison.Gap.Value > 0 ? "read worse" : "read better";
    }

    /// <summary>A group in a task.</summary>
    internal sealed record RowView(
        string Group, string Task, string Labels, int Parts, IntervalView Score, string Rest, string Gap, string Interval, string P,
        string Verdict);
}
