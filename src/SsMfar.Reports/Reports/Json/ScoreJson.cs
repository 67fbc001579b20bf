using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.Reports.Json;

/// <summary>Scores as JSON. Arrays follow the class and unit names that every document carries; undefined is null.</summary>
internal static class ScoreJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A document as it is written to files.</summary>
    public static string Write(JsonNode json) => json.ToJsonString(Format);

    public static JsonObject Of(AffectScores scores, ExpressionClassSet classes)
    {
        JsonObject json = OfChallenge(scores, classes);
        if (scores.Intensities is { } intensities)
        {
            json["actionUnitIntensities"] = new JsonObject
            {
                ["names"] = Array(intensities.Units.Names),
                ["meanIcc"] = intensities.MeanIcc,
                ["meanPcc"] = intensities.MeanPcc,
                ["meanMae"] = intensities.MeanMae,
                ["icc"] = Array(intensities.Icc),
                ["pcc"] = Array(intensities.Pcc),
                ["mae"] = Array(intensities.Mae),
            };
        }

        return json;
    }

    private static JsonObject OfChallenge(AffectScores scores, ExpressionClassSet classes) => new()
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
    /// <param name="calibration">The calibration.</param>
    /// <param name="scores">The scores beside it, whose units it names.</param>
    public static JsonObject Of(AffectCalibration calibration, AffectScores scores)
    {
        JsonObject json = new() { ["expression"] = Of(calibration.Expression), ["actionUnits"] = Of(calibration.ActionUnits) };
        if (json["actionUnits"] is JsonObject units)
        {
            units["expectedCalibrationErrors"] = Array(
                UnitsOf(scores).Units.Select(unit => calibration.OfUnit(unit)?.ExpectedCalibrationError));
        }

        return json;
    }

    /// <summary>Scores with their intervals.</summary>
    /// <param name="intervals">The intervals.</param>
    /// <param name="groupBy">What was drawn, in a word.</param>
    /// <param name="seed">What the draws follow from.</param>
    public static JsonObject Of(AffectScoreIntervals intervals, string groupBy, long seed) => new()
    {
        ["resamples"] = intervals.Resamples,
        ["level"] = intervals.Level,
        ["seed"] = seed,
        ["groupBy"] = groupBy,
        ["groups"] = intervals.Groups,
        ["expression"] = new JsonObject { ["macroF1"] = Of(intervals.ExpressionMacroF1), ["f1"] = Of(intervals.ExpressionF1) },
        ["actionUnits"] = new JsonObject { ["meanF1"] = Of(intervals.ActionUnitMeanF1), ["f1"] = Of(intervals.ActionUnitF1) },
        ["valenceArousal"] = new JsonObject
        {
            ["ccc"] = Of([intervals.Valence, intervals.Arousal]),
            ["mean"] = Of(intervals.ValenceArousalMean),
        },
        ["pMtl"] = Of(intervals.PMtl),
    };

    /// <summary>A score or difference with its interval; null where undefined.</summary>
    public static JsonObject? Of(ScoreInterval? interval) =>
        interval is { } known ? new() { ["value"] = known.Value, ["low"] = known.Low, ["high"] = known.High } : null;

    /// <summary>Values as an array; numbers that are not finite become null, since JSON has none.</summary>
    public static JsonArray Array<T>(IEnumerable<T> values) =>
        [.. values.Select(value => value is double.NaN ? null : JsonValue.Create(value))];

    /// <summary>The word for a task in a document.</summary>
    public static string Word(ScoredTask task) => task switch
    {
        ScoredTask.Expression => "expression",
        ScoredTask.ActionUnits => "actionUnits",
        _ => "valenceArousal",
    };

    private static JsonArray Of(IEnumerable<ScoreInterval?> intervals) => [.. intervals.Select(Of)];

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

    private static IEnumerable<double?> Undefined(int count) => Enumerable.Repeat((double?)null, count);
}
