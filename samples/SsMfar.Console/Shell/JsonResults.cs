using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// The documents of <c>--json</c>. Arrays follow the class and unit names that every document carries; undefined is null.
/// </summary>
internal static class JsonResults
{
    public static JsonObject Of(AnnotationStatistics statistics) => new()
    {
        ["rows"] = statistics.Rows,
        ["expressionClasses"] = Array(statistics.ExpressionClasses.Names),
        ["actionUnitNames"] = Array(statistics.Units.Names),
        ["invalid"] = new JsonObject
        {
            ["valenceArousal"] = statistics.InvalidValenceArousal,
            ["actionUnits"] = statistics.InvalidActionUnits,
            ["expression"] = statistics.InvalidExpression,
        },
        ["known"] = new JsonObject { ["valence"] = statistics.KnownValence, ["arousal"] = statistics.KnownArousal },
        ["expressionCounts"] = Array(statistics.ExpressionCounts),
        ["expressionWeights"] = Array(statistics.ExpressionWeights()),
        ["actionUnitPositives"] = Array(statistics.ActionUnitPositives),
        ["actionUnitNegatives"] = Array(statistics.ActionUnitNegatives),
        ["actionUnitWeights"] = Array(statistics.ActionUnitWeights()),
    };

    public static JsonObject Of(AffectScores scores, ExpressionClassSet classes) => new()
    {
        ["expressionClasses"] = Array(classes.Names),
        ["actionUnitNames"] = Array(UnitsOf(scores).Names),
        ["expression"] = new JsonObject
        {
            ["macroF1"] = scores.Expression?.MacroF1,
            ["f1"] = Array(scores.Expression?.F1.Select(f1 => (double?)f1) ?? Undefined(classes.Count)),
        },
        ["actionUnits"] = new JsonObject
        {
            ["meanF1"] = scores.ActionUnits?.MeanF1,
            ["f1"] = Array(scores.ActionUnits?.F1.Select(f1 => (double?)f1) ?? Undefined(UnitsOf(scores).Count)),
        },
        ["valenceArousal"] = new JsonObject
        {
            ["ccc"] = Array([scores.ValenceArousal?.Valence, scores.ValenceArousal?.Arousal]),
            ["mean"] = scores.ValenceArousal?.Mean,
        },
        ["pMtl"] = scores.PMtl,
    };

    /// <summary>The units that were judged; the challenge's twelve where none were.</summary>
    public static ActionUnitSet UnitsOf(AffectScores scores) => scores.ActionUnits?.Units ?? ActionUnitSet.AffWild2;

    /// <summary>How far probabilities can be believed; null for a task without labels or predictions.</summary>
    public static JsonObject Of(AffectCalibration calibration)
    {
        JsonObject json = new() { ["expression"] = Of(calibration.Expression), ["actionUnits"] = Of(calibration.ActionUnits) };
        if (json["actionUnits"] is JsonObject units)
        {
            units["expectedCalibrationErrors"] = Array(calibration.PerUnit.Select(unit => unit?.ExpectedCalibrationError));
        }

        return json;
    }

    private static JsonObject? Of(CalibrationScores? scores) => scores is null ? null : new()
    {
        ["expectedCalibrationError"] = scores.ExpectedCalibrationError,
        ["negativeLogLikelihood"] = scores.NegativeLogLikelihood,
        ["brier"] = scores.Brier,
        ["labels"] = scores.Count,
        ["bins"] = new JsonArray([.. scores.Bins.Select(bin => new JsonObject
        {
            ["low"] = bin.Low,
            ["high"] = bin.High,
            ["count"] = bin.Count,
            ["confidence"] = bin.Confidence,
            ["share"] = bin.Share,
        })]),
    };

    /// <summary>Values as an array; numbers that are not finite become null, since JSON has none.</summary>
    public static JsonArray Array<T>(IEnumerable<T> values) =>
        [.. values.Select(value => value is double.NaN ? null : JsonValue.Create(value))];

    private static IEnumerable<double?> Undefined(int count) => Enumerable.Repeat((double?)null, count);
}
