using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Tuning;

/// <summary>The document of <c>tune --json</c>.</summary>
internal static class TuningJson
{
    public static JsonObject Of(DecisionTuningResult tuning, ExpressionClassSet classes, TuningArguments arguments) => new()
    {
        ["expressionClasses"] = JsonResults.Array(classes.Names),
        ["actionUnitNames"] = JsonResults.Array((tuning.Units ?? ActionUnitSet.AffWild2).Names),
        ["temperature"] = tuning.Temperature is null ? null : new JsonObject
        {
            ["before"] = tuning.ExpressionBefore!.Temperature,
            ["value"] = tuning.Expression!.Temperature,
            ["kept"] = tuning.Temperature.IsKept,
            ["negativeLogLikelihood"] = Of(tuning.Temperature),
            ["expectedCalibrationError"] = Of(tuning.CalibrationError!),
        },
        ["expressionWeights"] = tuning.ExpressionWeights is null ? null : new JsonObject
        {
            ["before"] = Weights(tuning.ExpressionBefore!.Weights, classes),
            ["value"] = Weights(tuning.Expression!.Weights, classes),
            ["kept"] = tuning.ExpressionWeights.IsKept,
            ["macroF1"] = Of(tuning.ExpressionWeights),
        },
        ["thresholds"] = tuning.Thresholds is null ? null : new JsonObject
        {
            ["before"] = JsonResults.Array(tuning.ActionUnitThresholdsBefore!.Value),
            ["value"] = JsonResults.Array(tuning.ActionUnitThresholds!.Value),
            ["kept"] = tuning.Thresholds.IsKept,
            ["meanF1"] = Of(tuning.Thresholds),
        },
        ["untuned"] = Of(tuning.Before, classes),
        ["crossFitted"] = Of(tuning.CrossFitted, classes),
        ["tuned"] = Of(tuning.Tuned, classes),
        ["folds"] = tuning.Folds,
        ["groupBy"] = arguments.Grouping.Word(),
        ["accept"] = TuningText.Word(arguments.Acceptance),
        ["seed"] = arguments.Seed,
        ["models"] = JsonResults.Array(arguments.Outputs),
        ["report"] = arguments.Report,
    };

    private static JsonObject Of(DecisionGain gain) => new()
    {
        ["untuned"] = gain.Before,
        ["crossFitted"] = gain.CrossFitted,
        ["gain"] = IntervalResults.Json(gain.Gain),
    };

    private static JsonObject Of(DecisionScores scores, ExpressionClassSet classes)
    {
        JsonObject json = JsonResults.Of(scores.Scores, classes);
        json.Remove("expressionClasses");
        json["calibration"] = JsonResults.Of(scores.Calibration, scores.Scores);
        return json;
    }

    private static JsonArray Weights(IReadOnlyCollection<float> weights, ExpressionClassSet classes) =>
        JsonResults.Array(weights.Count > 0 ? weights : Enumerable.Repeat(1f, classes.Count));
}
