using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Json;

namespace SsMfar.Reports;

/// <summary>A report as JSON.</summary>
internal static class AffectReportJson
{
    /// <summary>The document.</summary>
    /// <param name="report">The report.</param>
    /// <param name="withPredictions">Whether the decisions themselves are in it, as the text of a submission.</param>
    public static JsonObject Of(AffectReport report, bool withPredictions)
    {
        AffectReportOptions options = report.Options;
        ReportRows rows = report.Rows;
        JsonObject json = ScoreJson.Of(report.Scores, rows.Truth.ExpressionClasses);
        json["rows"] = rows.Count;
        json["labels"] = new JsonObject
        {
            ["expression"] = rows.Truth.Count(row => row.Expression is not null),
            ["actionUnits"] = rows.Truth.Count(row => row.ActionUnits.AnyKnown),
            ["valenceArousal"] = rows.Truth.Count(row => row.Valence is not null || row.Arousal is not null),
        };
        if (report.Calibration is { } calibration)
        {
            json["calibration"] = ScoreJson.Of(calibration, report.Scores);
        }

        json["bootstrap"] = ScoreJson.Of(report.Intervals, options.GroupByName, options.Bootstrap.Seed);
        json["confusion"] = Confusion(report.Confusion);
        json["units"] = Units(report);
        json["subgroups"] = ComparisonJson.Of(report.Subgroups);
        json["notWorse"] = ComparisonJson.Of(report.Gate, options.NotWorseThanName);
        json["mistakes"] = new JsonObject
        {
            ["expression"] = Rows(rows, Mistakes.Expressions(rows, options.HardestFaces)),
            ["valenceArousal"] = Rows(rows, Mistakes.Affect(rows, options.HardestFaces)),
            ["actionUnits"] = Rows(rows, Mistakes.Units(rows, options.HardestFaces)),
        };
        if (options.Card is { } card)
        {
            json["card"] = JsonNode.Parse(card.ToJson());
        }

        if (withPredictions)
        {
            using StringWriter text = new();
            rows.Decisions.Write(text);
            json["predictions"] = text.ToString();
        }

        return json;
    }

    // Labels by predictions; null where no expression was judged.
    private static JsonArray? Confusion(ConfusionMatrix confusion) => confusion.Total == 0
        ? null
        : [.. Enumerable.Range(0, confusion.ClassCount).Select(truth => (JsonNode)ScoreJson.Array(
            Enumerable.Range(0, confusion.ClassCount).Select(read => confusion[truth, read])))];

    private static JsonArray? Units(AffectReport report) => report.Scores.ActionUnits is not { } scores
        ? null
        : [.. scores.Units.Units.Select(unit =>
        {
            (long hits, long extra, long missed, long absent) = report.Rows.Unit(ActionUnits.IndexOf(unit));
            return (JsonNode)new JsonObject
            {
                ["name"] = ActionUnits.NameOf(unit),
                ["truePositives"] = hits,
                ["falsePositives"] = extra,
                ["falseNegatives"] = missed,
                ["trueNegatives"] = absent,
            };
        })];

    private static JsonArray Rows(ReportRows rows, ImmutableArray<Mistake> mistakes) =>
    [.. mistakes.Select(mistake => (JsonNode)new JsonObject
    {
        ["image"] = rows.Truth[mistake.Row].Image,
        ["label"] = mistake.Label,
        ["prediction"] = mistake.Read,
        ["amount"] = mistake.Much,
    })];
}
