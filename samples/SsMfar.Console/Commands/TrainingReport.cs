using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>A run's numbers in the console's words.</summary>
internal static class TrainingReport
{
    /// <summary>All seconds of a run's epochs, evaluations included, and its mean training rate, evaluations excluded.</summary>
    public static (double Seconds, double ImagesPerSecond) Pace(ImmutableArray<EpochResult> history) =>
        (history.Sum(epoch => epoch.Seconds), history.Length / history.Sum(epoch => 1 / epoch.ImagesPerSecond));

    /// <summary>What was taken of the model that a run started from, and why the rest was not; null without one.</summary>
    public static JsonObject? Start(StartReport? start) => start is null ? null : new()
    {
        ["taken"] = JsonResults.Array(start.Parts.Where(part => part.IsTaken).Select(part => part.Name)),
        ["left"] = new JsonObject(start.Parts.Where(part => !part.IsTaken)
            .Select(part => KeyValuePair.Create(part.Name, (JsonNode?)part.Reason))),
        ["notes"] = JsonResults.Array(start.Notes),
    };

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
