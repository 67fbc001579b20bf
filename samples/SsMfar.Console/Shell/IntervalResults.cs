using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Json;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Scores with confidence intervals, in the layout of <see cref="JsonResults"/> and for readers.</summary>
internal static class IntervalResults
{
    public static JsonObject Json(AffectScoreIntervals intervals, ImageGrouping grouping, long seed) =>
        ScoreJson.Of(intervals, grouping.Word(), seed);

    public static string Text(
        AffectScoreIntervals intervals,
        ExpressionClassSet classes,
        ImageGrouping grouping,
        string what,
        bool mark = false)
    {
        string level = FormattableString.Invariant($"{100 * intervals.Level:0.##}% interval");
        TextTable summary = new(mark ? [what, "", level, ""] : [what, "", level]);
        Add(summary, "expression, macro F1", intervals.ExpressionMacroF1, mark);
        Add(summary, "action units, mean F1", intervals.ActionUnitMeanF1, mark);
        Add(summary, "valence and arousal, mean CCC", intervals.ValenceArousalMean, mark);
        Add(summary, "P_MTL", intervals.PMtl, mark);
        TextTable details = new(mark ? ["", "F1 or CCC", level, ""] : ["", "F1 or CCC", level]);
        for (int i = 0; i < classes.Count; i++)
        {
            Add(details, classes[i], intervals.ExpressionF1[i], mark);
        }

        for (int i = 0; i < intervals.Units.Count; i++)
        {
            Add(details, intervals.Units.Names[i], intervals.ActionUnitF1[i], mark);
        }

        Add(details, "valence", intervals.Valence, mark);
        Add(details, "arousal", intervals.Arousal, mark);
        return $"{summary}\n{details}\n{intervals.Resamples} resamples of {intervals.Groups} {grouping.Word()}\n";
    }

    /// <summary>A score or difference with its interval; null where undefined.</summary>
    public static JsonObject? Json(ScoreInterval? interval) => ScoreJson.Of(interval);

    private static void Add(TextTable table, string name, ScoreInterval? interval, bool mark)
    {
        string range = interval is { } known ? $"{TextTable.Number(known.Low)} to {TextTable.Number(known.High)}" : "-";
        string[] cells = [name, TextTable.Number(interval?.Value), range];
        table.Add(mark ? [.. cells, interval is { ExcludesZero: true } ? "*" : ""] : cells);
    }
}
