using SsMfar.ConsoleApp.Shell;
using SsMfar.Metrics;
using SsMfar.Reports;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary>A report for readers of a terminal.</summary>
internal static class ReportText
{
    public static string Of(AffectReport report, ReportArguments arguments)
    {
        string text = IntervalResults.Text(
            report.Intervals, report.Rows.Truth.ExpressionClasses, arguments.Grouping, report.Scores);
        if (report.Calibration is { } calibration)
        {
            text += ScoreText.Of(calibration);
        }

        if (report.Subgroups is { } groups)
        {
            text += Groups(groups);
        }

        if (report.Gate is { } gate)
        {
            text += Gate(gate, arguments.NotWorseThan!);
        }

        return $"{text}\npage: {Path.Combine(arguments.Out, "report.html")}";
    }

    /// <summary>The tasks that are worse, in one line.</summary>
    public static string Worse(ScoreGateResult gate) => string.Join("; ", gate.Tasks.Where(task => task.IsWorse).Select(task =>
        $"{Name(task.Task)} {TextTable.Number(task.Score)} after {TextTable.Number(task.Earlier)}, a difference of " +
        $"{TextTable.Number(task.Score - task.Earlier)}{Interval(task.Difference)}"));

    /// <summary>What has no place in the comparison, as a line; empty where all has.</summary>
    public static string NotCompared(ScoreGateResult gate) => gate.LeftOut.IsEmpty
        ? "" : $"not compared, since one side alone has a score: {string.Join("; ", gate.LeftOut.Select(Name))}\n";

    private static string Groups(SubgroupReport groups)
    {
        TextTable table = new("group", "score", "gap", PageLevel(groups.Level), "p", "");
        foreach (SubgroupColumn column in groups.Columns)
        {
            foreach (SubgroupComparison group in Enum.GetValues<ScoredTask>().SelectMany(task => column.Notable(task)))
            {
                table.Add(
                    $"{column.Name} {group.Group}", Name(group.Task), TextTable.Number(group.Gap.Value),
                    $"{TextTable.Number(group.Gap.Low)} to {TextTable.Number(group.Gap.High)}", TextTable.Number(group.P, 3),
                    group.IsFound ? "*" : "");
            }
        }

        string small = string.Concat(groups.Columns.SelectMany(column => SubgroupsView.ColumnView.NotCompared(column, groups.Tasks, Name)
            .Select(line => $"not compared, since labels are too few or all alike: {column.Name}, {line}\n")));
        return $"\n{table}of each column and task the group furthest below the rest, and each with a *: more than chance explains, of " +
            $"{groups.Comparisons} gaps looked at\n{small}";
    }

    private static string Gate(ScoreGateResult gate, string than)
    {
        TextTable table = new("task", "before", "now", "difference", PageLevel(gate.Level), "");
        foreach (ScoreGateTask task in gate.Tasks)
        {
            table.Add(
                Name(task.Task), TextTable.Number(task.Earlier), TextTable.Number(task.Score),
                TextTable.Number(task.Score - task.Earlier),
                task.Difference is { } known ? $"{TextTable.Number(known.Low)} to {TextTable.Number(known.High)}" : "-",
                task.IsWorse ? "worse" : "not worse");
        }

        return $"\nbeside {than}\n{table}{NotCompared(gate)}";
    }

    private static string Interval(ScoreInterval? interval) => interval is { } known
        ? $" ({TextTable.Number(known.Low)} to {TextTable.Number(known.High)})"
        : "";

    private static string PageLevel(double level) => FormattableString.Invariant($"{100 * level:0.##}% interval");

    private static string Name(ScoredTask task) => task switch
    {
        ScoredTask.Expression => "expression, macro F1",
        ScoredTask.ActionUnits => "action units, mean F1",
        _ => "valence and arousal, mean CCC",
    };
}
