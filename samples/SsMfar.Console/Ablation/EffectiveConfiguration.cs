using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Everything that decides a row's runs except the seed, as flat names and values: what the trainer was built with.</summary>
internal static class EffectiveConfiguration
{
    private static readonly JsonSerializerOptions Format = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The configuration of runs started with these arguments, which the trainer was built with.</summary>
    public static ImmutableSortedDictionary<string, string> Of(
        MultiTaskTrainer trainer, TrainArguments arguments, IEnumerable<string> tasks)
    {
        var entries = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Flatten(JsonSerializer.SerializeToNode(trainer.Options, Format), "", entries);
        entries.Remove(nameof(TrainingOptions.Seed));
        entries.Remove(nameof(TrainingOptions.ProgressEvery));
        entries["Backbone"] = TrainerSetup.Backbone(arguments).Name;
        entries["HideExpressions"] = arguments.HideExpressions.ToString(CultureInfo.InvariantCulture);
        entries["HideLabels"] = arguments.HideLabels.ToString(CultureInfo.InvariantCulture);
        entries["PretrainedWeights"] = arguments.Start is { File: not null } start
            ? $"{start.Name} ({arguments.ChannelOrder.ToString().ToLowerInvariant()})"
            : arguments.Start.Name;
        entries["Tasks"] = string.Join(", ", tasks);
        return entries.ToImmutable();
    }

    /// <summary>Each entry that differs, as <c>name: there → here</c>.</summary>
    public static ImmutableArray<string> Differences(
        ImmutableSortedDictionary<string, string> there,
        ImmutableSortedDictionary<string, string> here) =>
    [
        .. there.Keys.Union(here.Keys).Order(StringComparer.Ordinal)
            .Where(name => there.GetValueOrDefault(name) != here.GetValueOrDefault(name))
            .Select(name => $"{name}: {there.GetValueOrDefault(name, "none")} → {here.GetValueOrDefault(name, "none")}"),
    ];

    private static void Flatten(JsonNode? node, string path, ImmutableSortedDictionary<string, string>.Builder entries)
    {
        if (node is JsonObject members)
        {
            foreach ((string name, JsonNode? value) in members)
            {
                Flatten(value, path.Length == 0 ? name : $"{path}.{name}", entries);
            }
        }
        else
        {
            entries[path] = node?.ToString() ?? "none";
        }
    }
}
