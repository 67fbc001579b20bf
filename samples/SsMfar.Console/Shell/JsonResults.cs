using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Json;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// The documents of <c>--json</c>. Arrays follow the class and unit names that every document carries; undefined is null.
/// </summary>
internal static class JsonResults
{
    public static JsonObject Of(AnnotationStatistics statistics)
    {
        JsonObject json = OfChallenge(statistics);
        if (statistics.IntensityUnits is { } units)
        {
            json["actionUnitIntensities"] = new JsonObject
            {
                ["names"] = Array(units.Names),
                ["rows"] = statistics.KnownIntensity,
                ["counts"] = Array(statistics.IntensityCounts),
                ["means"] = Array(statistics.MeanIntensities),
            };
        }

        return json;
    }

    /// <summary>How many rows have a label of each kind; of intensities where there are any.</summary>
    public static JsonObject Known(AnnotationStatistics statistics)
    {
        JsonObject known = new()
        {
            ["expression"] = statistics.Rows - statistics.InvalidExpression,
            ["valence"] = statistics.KnownValence,
            ["arousal"] = statistics.KnownArousal,
            ["actionUnits"] = statistics.Rows - statistics.InvalidActionUnits,
        };
        if (statistics.IntensityUnits is not null)
        {
            known["intensities"] = statistics.KnownIntensity;
        }

        return known;
    }

    private static JsonObject OfChallenge(AnnotationStatistics statistics) => new()
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

    public static JsonObject Of(AffectScores scores, ExpressionClassSet classes) => ScoreJson.Of(scores, classes);

    /// <summary>The units that were judged; the challenge's twelve where none were.</summary>
    public static ActionUnitSet UnitsOf(AffectScores scores) => scores.ActionUnits?.Units ?? ActionUnitSet.AffWild2;

    /// <summary>How far probabilities can be believed; null for a task without labels or predictions.</summary>
    public static JsonObject Of(AffectCalibration calibration, AffectScores scores) => ScoreJson.Of(calibration, scores);

    /// <summary>Values as an array; numbers that are not finite become null, since JSON has none.</summary>
    public static JsonArray Array<T>(IEnumerable<T> values) => ScoreJson.Array(values);
}
