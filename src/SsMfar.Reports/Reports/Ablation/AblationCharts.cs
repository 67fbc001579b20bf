using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Reports.Charts;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports.Ablation;

/// <summary>The figures of a table: on the page, and as files of their own.</summary>
internal static class AblationCharts
{
    /// <summary>What is shown over epochs.</summary>
    /// <param name="Caption">What readers see.</param>
    /// <param name="FileName">The end of the figure's file name.</param>
    /// <param name="Maximum">The top of the scale; null to fit the values.</param>
    /// <param name="Value">The value of an epoch.</param>
    private sealed record Curve(string Caption, string FileName, double? Maximum, Func<AblationEpoch, double?> Value);

    private static readonly Curve Expression = new("Expression, macro F1", "expression", 1, epoch => epoch.Expression);
    private static readonly Curve Units = new("Action units, mean F1", "units", 1, epoch => epoch.ActionUnits);
    private static readonly Curve Affect = new("Valence and arousal, mean CCC", "affect", 1, epoch => epoch.ValenceArousal);
    private static readonly Curve Loss = new("Loss in training", "loss", null, epoch => epoch.Loss);
    private static readonly Curve Share = new("Share of confident rows", "confident", 1, epoch => epoch.ConfidentShare);

    /// <summary>Scores of the tasks that were learned, and loss, by epoch.</summary>
    public static ImmutableArray<(string FileName, EpochChart Chart)> Learning(AblationReportTable table) =>
        [.. Learned(table.Tasks).Select(curve => (curve.FileName, Chart(table, curve, _ => true)))];

    /// <summary>Of the rows with a pseudo-label policy: confident rows together, thresholds each.</summary>
    public static ImmutableArray<(string FileName, EpochChart Chart)> Policies(AblationReportTable table) =>
        table.Finished.Any(row => row.HasPolicy)
            ?
            [
                (Share.FileName, Chart(table, Share, row => row.HasPolicy)),
                .. table.Finished.Where(row => row.HasPolicy)
                    .Select(row => ($"thresholds-{Word(row.Method)}", Thresholds(row, table.Truth.ExpressionClasses))),
            ]
            : [];

    /// <summary>Valence and arousal of each row's first run.</summary>
    public static ImmutableArray<(string FileName, ScatterChart Chart)> Planes(AblationReportTable table) =>
    [
        .. table.Finished.Where(row => row.Runs[0].Affect.Length > 0).SelectMany(row => new[]
        {
            ($"valence-{Word(row.Method)}", Plane(row, "valence", 0, row.Intervals?.Valence)),
            ($"arousal-{Word(row.Method)}", Plane(row, "arousal", 2, row.Intervals?.Arousal)),
        }),
    ];

    /// <summary>A name that a file may have on any system.</summary>
    public static string Word(string text) => string.Join('-', new string([.. text.ToLowerInvariant()
        .Select(character => char.IsAsciiLetterOrDigit(character) ? character : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // An epoch's sum is of the tasks that were learned; of one alone it would be that one's curve again.
    private static IEnumerable<Curve> Learned(ImmutableArray<string> tasks)
    {
        bool hasUnits = tasks.Contains(AffectTaskNames.ActionUnits), hasAffect = tasks.Contains(AffectTaskNames.ValenceArousal);
        if (hasUnits || hasAffect)
        {
            string summed = !hasAffect ? "expression + action units"
                : hasUnits ? "sum of the three"
                : "expression + valence and arousal";
            yield return new($"Overall ({summed})", "overall", null, epoch => epoch.Score);
        }

        yield return Expression;
        if (hasUnits)
        {
            yield return Units;
        }

        if (hasAffect)
        {
            yield return Affect;
        }

        yield return Loss;
    }

    // Each row has a colour of its own in all charts.
    private static EpochChart Chart(AblationReportTable table, Curve curve, Func<AblationReportRow, bool> isShown) => new(
        curve.Caption,
        [
            .. table.Finished.Where(isShown)
                .Select(row => Of(row.Method, ChartTone.Of(table.Rows.IndexOf(row)), row.Course(curve.Value))),
        ],
        table.Finished.Max(row => row.Epochs),
        curve.Maximum);

    private static EpochChart Thresholds(AblationReportRow row, ExpressionClassSet classes)
    {
        int count = row.Runs[0].Epochs[0].Thresholds!.Length;
        string[] names = count == classes.Count ? [.. classes.Names] : ["all classes"];
        return new(
            $"Thresholds of {row.Method}",
            [.. names.Select((name, i) => Of(name, ChartTone.Of(i), row.Course(epoch => epoch.Thresholds?[i])))],
            row.Epochs,
            1);
    }

    // The band is a standard deviation to either side; without several runs there is none.
    private static ChartCurve Of(string name, ChartTone tone, ImmutableArray<Spread> course) => new(
        name,
        tone,
        [.. course.Select(value => value.Mean)],
        Band: course.Any(value => value.Deviation is not null)
            ? [.. course.Select(value => value.Deviation)]
            : default);

    private static ScatterChart Plane(AblationReportRow row, string name, int first, ScoreInterval? ccc) => new(
        $"{row.Method}, {name}: CCC {PageNumbers.Text(ccc?.Value)} ({PageNumbers.Ends(ccc)})",
        "a face",
        ChartTone.ValenceArousal,
        [.. row.Runs[0].Affect.Select(values => ((double)values[first], (double)values[first + 1]))]);
}
