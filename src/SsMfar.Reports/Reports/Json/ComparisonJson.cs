using System.Text.Json.Nodes;
using SsMfar.Metrics;

namespace SsMfar.Reports.Json;

/// <summary>What was compared, as JSON: groups of rows, and predictions with earlier ones.</summary>
internal static class ComparisonJson
{
    /// <summary>Groups; an empty array where none were asked for.</summary>
    public static JsonArray Of(SubgroupReport? report) => report is null ? [] : [.. report.Columns.Select(Of)];

    /// <summary>The gate; null where nothing was to be reached.</summary>
    public static JsonObject? Of(ScoreGateResult? gate, string? earlier)
    {
        if (gate is null)
        {
            return null;
        }

        JsonObject json = new()
        {
            ["than"] = earlier,
            ["margin"] = gate.Margin,
            ["level"] = gate.Level,
            ["isWorse"] = gate.IsWorse,
            ["leftOut"] = ScoreJson.Array(gate.LeftOut.Select(ScoreJson.Word)),
        };
        foreach (ScoreGateTask task in gate.Tasks)
        {
            json[ScoreJson.Word(task.Task)] = new JsonObject
            {
                ["score"] = task.Score,
                ["earlier"] = task.Earlier,
                ["difference"] = ScoreJson.Of(task.Difference) ?? new JsonObject { ["value"] = task.Score - task.Earlier },
                ["isWorse"] = task.IsWorse,
            };
        }

        return json;
    }

    private static JsonNode Of(SubgroupColumn column)
    {
        JsonObject worst = [];
        foreach (ScoredTask task in Enum.GetValues<ScoredTask>())
        {
            worst[ScoreJson.Word(task)] = column.Worst(task) is { } comparison
                ? new JsonObject
                {
                    ["group"] = comparison.Group,
                    ["gap"] = ScoreJson.Of(comparison.Gap),
                    ["p"] = comparison.P,
                    ["found"] = comparison.IsFound,
                }
                : null;
        }

        return new JsonObject
        {
            ["column"] = column.Name,
            ["unknownRows"] = column.UnknownRows,
            ["anyFound"] = column.Groups.Any(group => group.Comparisons.Any(comparison => comparison.IsFound)),
            ["worst"] = worst,
            ["groups"] = new JsonArray([.. column.Groups.Select(Of)]),
        };
    }

    private static JsonObject Of(Subgroup group)
    {
        JsonObject json = new() { ["name"] = group.Name, ["rows"] = group.Rows };
        foreach (ScoredTask task in Enum.GetValues<ScoredTask>())
        {
            json[ScoreJson.Word(task)] = group[task] is { } comparison
                ? new JsonObject
                {
                    ["labels"] = comparison.Labels,
                    ["parts"] = comparison.Parts,
                    ["score"] = ScoreJson.Of(comparison.Score),
                    ["rest"] = comparison.Rest,
                    ["gap"] = ScoreJson.Of(comparison.Gap),
                    ["p"] = comparison.P,
                    ["found"] = comparison.IsFound,
                }
                : null;
        }

        return json;
    }
}
