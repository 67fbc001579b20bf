using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>A run's numbers in the console's words.</summary>
internal static class TrainingReport
{
    /// <summary>The scores of an evaluation, task by task.</summary>
    public static AffectScores Scores(EvaluationResult? evaluation, ExpressionClassSet classes)
    {
        return new(
            Values(AffectTaskNames.Expression, ["macroF1", .. classes.Names.Select(name => $"f1.{name}")]) is { } expression
                ? new(expression[0], expression[1..])
                : null,
            Values(AffectTaskNames.ActionUnits, ["meanF1", .. ActionUnits.Names.Select(name => $"f1.{name}")]) is { } units
                ? new(units[0], units[1..])
                : null,
            Values(AffectTaskNames.ValenceArousal, ["ccc.valence", "ccc.arousal"]) is { } affect ? new(affect[0], affect[1]) : null);

        ImmutableArray<double>? Values(string task, string[] names) =>
            evaluation?.Tasks.GetValueOrDefault(task) is { } score && names.All(name => score.Values.GetValueOrDefault(name) is not null)
                ? [.. names.Select(name => score.Values[name]!.Value)]
                : null;
    }

    /// <summary>All seconds of a run's epochs, evaluations included, and its mean training rate, evaluations excluded.</summary>
    public static (double Seconds, double ImagesPerSecond) Pace(ImmutableArray<EpochResult> history) =>
        (history.Sum(epoch => epoch.Seconds), history.Length / history.Sum(epoch => 1 / epoch.ImagesPerSecond));

    /// <summary>Every epoch.</summary>
    public static JsonArray History(TrainingResult result)
    {
        return [.. result.History.Select(Epoch)];

        static JsonNode? Epoch(EpochResult epoch) => new JsonObject
        {
            ["epoch"] = epoch.Epoch,
            ["losses"] = new JsonObject(epoch.Losses.Select(loss => KeyValuePair.Create(loss.Key, (JsonNode?)loss.Value))),
            ["score"] = epoch.Evaluation?.Score,
            ["tasks"] = epoch.Evaluation is not { } evaluation ? null : new JsonObject(evaluation.Tasks.Select(task => KeyValuePair.Create(
                task.Key,
                (JsonNode?)new JsonObject(task.Value.Values.Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value)))))),
            ["policy"] = new JsonObject(
                epoch.Policy.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonResults.Array(entry.Value)))),
            ["seconds"] = epoch.Seconds,
            ["imagesPerSecond"] = epoch.ImagesPerSecond,
        };
    }
}
