using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Ablation;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The document of <c>ablate --json</c>.</summary>
internal static class AblationJson
{
    public static JsonObject Of(ImmutableArray<AblationTable> tables, ImmutableArray<AblationComparison> comparisons) => new()
    {
        ["tables"] = new JsonArray([.. tables.Select(Table)]),
        ["comparisons"] = new JsonArray([.. comparisons.Select(Comparison)]),
    };

    private static JsonObject Table(AblationTable table) => new()
    {
        ["table"] = table.Set.Table,
        ["data"] = table.Set.Title,
        ["recipe"] = table.Recipe,
        ["tasks"] = JsonResults.Array(table.Set.Tasks),
        ["expressionClasses"] = JsonResults.Array(table.Set.Classes.Names),
        ["actionUnitNames"] = JsonResults.Array(ActionUnits.Names),
        ["rows"] = new JsonArray([.. table.Rows.Select(row => Row(table, row))]),
    };

    private static JsonObject Row(AblationTable table, AblationRow row) => new()
    {
        ["method"] = row.Paper.Method,
        ["variant"] = row.Paper.Variant.Name,
        ["note"] = row.Note,
        ["expression"] = Spread(row.Expression, row.Intervals?.ExpressionMacroF1),
        ["actionUnits"] = Spread(row.ActionUnits, row.Intervals?.ActionUnitMeanF1),
        ["valenceArousal"] = Spread(row.ValenceArousal, row.Intervals?.ValenceArousalMean),
        ["overall"] = Spread(row.Overall, row.Intervals?.PMtl),
        ["paper"] = Paper(AblationText.InPaper(table, row)),
        ["neighbour"] = table.Neighbour(row)?.Paper.Variant.Name,
        ["differences"] = JsonResults.Array(table.Differences(row)),
        ["configuration"] = row.Configuration is { } entries
            ? new JsonObject(entries.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)))
            : null,
        ["runs"] = new JsonArray([.. row.Runs.Select(Run)]),
    };

    private static JsonObject Paper(PaperScores scores) => new()
    {
        ["expression"] = scores.Expression,
        ["actionUnits"] = scores.ActionUnits,
        ["valenceArousal"] = scores.ValenceArousal,
        ["overall"] = scores.Overall,
    };

    private static JsonObject Comparison(AblationComparison comparison) => new()
    {
        ["table"] = comparison.Table.Set.Table,
        ["recipe"] = comparison.Table.Recipe,
        ["variant"] = comparison.Row.Paper.Variant.Name,
        ["lessRecipe"] = comparison.LessTable.Recipe,
        ["lessVariant"] = comparison.Less.Paper.Variant.Name,
        ["expression"] = IntervalResults.Json(comparison.Expression),
        ["actionUnits"] = IntervalResults.Json(comparison.ActionUnits),
        ["valenceArousal"] = IntervalResults.Json(comparison.ValenceArousal),
        ["overall"] = IntervalResults.Json(comparison.Overall),
    };

    private static JsonObject Spread(Spread value, ScoreInterval? interval) =>
        new() { ["mean"] = value.Mean, ["deviation"] = value.Deviation, ["low"] = interval?.Low, ["high"] = interval?.High };

    private static JsonObject Run(RunResult run) => new()
    {
        ["seed"] = run.Seed,
        ["failure"] = run.Failure,
        ["epoch"] = run.BestEpoch,
        ["expression"] = run.Expression,
        ["expressionF1"] = run.ExpressionF1 is { } classes ? JsonResults.Array(classes) : null,
        ["actionUnits"] = run.ActionUnits,
        ["actionUnitF1"] = run.ActionUnitF1 is { } units ? JsonResults.Array(units) : null,
        ["ccc"] = JsonResults.Array(new[] { run.Valence, run.Arousal }),
        ["overall"] = run.Overall,
        ["confusion"] = JsonResults.Array(run.Confusion),
    };
}
