using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>
/// What a run was started with, as flat names and values: every option, the parts and the data. A checkpoint keeps it, so that resuming
/// with anything else is refused by name instead of giving a mixture.
/// </summary>
internal sealed record RunDescription(ImmutableSortedDictionary<string, string> Entries)
{
    public static RunDescription Of(TrainingOptions options, IEnumerable<KeyValuePair<string, string>> parts)
    {
        var entries = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Flatten(JsonSerializer.SerializeToNode(options, TrainingJson.Options), "", entries);

        // How often progress is reported decides nothing.
        entries.Remove(nameof(TrainingOptions.ProgressEvery));
        entries.AddRange(parts);
        return new(entries.ToImmutable());
    }

    /// <summary>What a trainer's run was started with; of two sets of the same rows it says the same.</summary>
    public static RunDescription Of(
        TrainingParts parts,
        ModelArchitecture architecture,
        ComputePrecision precision,
        MultiTaskObjective objective,
        ISampler sampler,
        TrainingViews views)
    {
        TrainerConfiguration configuration = parts.Configuration;
        return Of(
            configuration.Options,
            [
                new("Recipe", configuration.Recipe.Name),
                new("Variant", configuration.Variant.Name),
                new("Backbone", configuration.Backbone.Name),
                new(
                    "Pretrained",
                    configuration.Pretrained is { } pretrained ? $"{Path.GetFileName(pretrained.Path)} " +
                        $"({pretrained.ChannelOrder})" : "none"),
                new("ComputePrecision", precision.ToString()),
                .. architecture.Heads.Select(head => KeyValuePair.Create($"Head.{head.Task}", head.Head.ToString())),
                .. objective.Losses.Select(loss => KeyValuePair.Create($"Loss.{loss.Task}", PartName(loss.Loss.GetType()))),
                new("TaskBalancing", PartName(configuration.Balancing is null ? null : objective.Balancing.GetType())),
                new("Policy", PartName(configuration.Policy is null ? null : Given(configuration, objective.Policy)?.GetType())),
                new("Sampler", PartName(configuration.Sampler is null ? null : sampler.GetType())),
                new("WeakView", PartName(configuration.WeakView is null ? null : views.Weak.GetType())),
                new("StrongView", PartName(configuration.StrongView is null ? null : views.Strong.GetType())),
                new("TrainingSet", Fingerprint(parts.Training.Annotations)),
                new("ValidationSet", parts.Validation is { } validation ? Fingerprint(validation.Annotations) : "none"),
            ]);
    }

    /// <summary>The number of rows and a checksum over names and labels.</summary>
    public static string Fingerprint(AnnotationSet annotations)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        annotations.Write(text);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
        return string.Create(CultureInfo.InvariantCulture, $"{annotations.Count} rows, {hash}");
    }

    /// <summary>Each entry that differs, as <c>name: was, is</c>.</summary>
    public IEnumerable<string> Differences(RunDescription now) =>
        Entries.Keys.Union(now.Entries.Keys).Order(StringComparer.Ordinal)
            .Select(name => (name, was: Entries.GetValueOrDefault(name, "none"), now: now.Entries.GetValueOrDefault(name, "none")))
            .Where(entry => entry.was != entry.now)
            .Select(entry => $"{entry.name} was {entry.was}, is {entry.now}");

    // Without the alignment that the options put around it, which is an entry of its own.
    private static IPseudoLabelPolicy? Given(TrainerConfiguration configuration, IPseudoLabelPolicy? policy) =>
        policy is AlignedPolicy aligned && configuration.Options.SemiSupervision.Alignment.Target != AlignmentTarget.None ?
            aligned.Policy :
            policy;

    private static string PartName(Type? part) => part?.FullName ?? "by the options";

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
            entries[path] = node?.ToJsonString() ?? "none";
        }
    }
}
