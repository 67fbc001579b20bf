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

    /// <summary>Of scores, or of differences, which are marked where an interval excludes 0.</summary>
    /// <param name="intervals">The intervals.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="grouping">What was drawn.</param>
    /// <param name="scores">The scores, some of which may have no interval; null for differences.</param>
    public static string Text(AffectScoreIntervals intervals, ExpressionClassSet classes, ImageGrouping grouping, AffectScores? scores)
    {
        bool mark = scores is null;
        string what = mark ? "difference" : "score";
        string level = FormattableString.Invariant($"{100 * intervals.Level:0.##}% interval");
        TextTable summary = new(mark ? [what, "", level, ""] : [what, "", level]);
        Add(summary, "expression, macro F1", intervals.ExpressionMacroF1, scores?.Expression?.MacroF1, mark);
        Add(summary, "action units, mean F1", intervals.ActionUnitMeanF1, scores?.ActionUnits?.MeanF1, mark);
        Add(summary, "valence and arousal, mean CCC", intervals.ValenceArousalMean, scores?.ValenceArousal?.Mean, mark);
        Add(summary, "P_MTL", intervals.PMtl, scores?.PMtl, mark);
        TextTable details = new(mark ? ["", "F1 or CCC", level, ""] : ["", "F1 or CCC", level]);
        for (int i = 0; i < classes.Count; i++)
        {
            Add(details, classes[i], intervals.ExpressionF1[i], scores?.Expression?.F1[i], mark);
        }

        for (int i = 0; i < intervals.Units.Count; i++)
        {
            Add(details, intervals.Units.Names[i], intervals.ActionUnitF1[i], scores?.ActionUnits?.F1[i], mark);
        }

        Add(details, "valence", intervals.Valence, scores?.ValenceArousal?.Valence, mark);
        Add(details, "arousal", intervals.Arousal, scores?.ValenceArousal?.Arousal, mark);
        return $"{summary}\n{details}\n{intervals.Resamples} resamples of {intervals.Groups} {grouping.Word()}\n";
    }

    /// <summary>A score or difference with its interval; null where undefined.</summary>
    public static JsonObject? Json(ScoreInterval? interval) => ScoreJson.Of(interval);

    // Where too few resamples have a score there is no interval, and the score stands.
    private static void Add(TextTable table, string name, ScoreInterval? interval, double? score, bool mark)
    {
        string range = interval is { } known ? $"{TextTable.Number(known.Low)} to {TextTable.Number(known.High)}" : "-";
        string[] cells = [name, TextTable.Number(interval?.Value ?? score), range];
        table.Add(mark ? [.. cells, interval is { ExcludesZero: true } ? "*" : ""] : cells);
    }
}
