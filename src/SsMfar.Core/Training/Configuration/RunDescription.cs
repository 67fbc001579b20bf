using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Models;

namespace SsMfar.Training;

/// <summary>
/// What a run was started with, as flat names and values: every option, the parts and the data. A checkpoint keeps it, so that resuming
/// with anything else is refused by name instead of giving a mixture.
/// </summary>
internal sealed record RunDescription(ImmutableSortedDictionary<string, string> Entries)
{
    /// <summary>The entry that says in what format the backbone computes.</summary>
    public const string PrecisionName = nameof(ComputePrecision);

    /// <summary>The entry that says from which file the backbone's weights are, by its name.</summary>
    public const string PretrainedName = "Pretrained";

    /// <summary>The entry that says the same by the file's content, where it is there; earlier versions had none.</summary>
    public const string PretrainedContentName = "PretrainedContent";

    private const string None = "none";

    public static RunDescription Of(TrainingOptions options, IEnumerable<KeyValuePair<string, string>> parts)
    {
        var entries = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Flatten(JsonSerializer.SerializeToNode(options, TrainingJson.Options), "", entries);

        // How often progress is reported decides nothing.
        entries.Remove(nameof(TrainingOptions.ProgressEvery));
        entries.AddRange(parts);
        return new(entries.ToImmutable());
    }

    /// <summary>The same and, under a name of their own, some options that are no part of what is learned.</summary>
    public RunDescription With<T>(string name, T options)
    {
        ImmutableSortedDictionary<string, string>.Builder entries = Entries.ToBuilder();
        Flatten(JsonSerializer.SerializeToNode(options, TrainingJson.Options), name, entries);
        return new(entries.ToImmutable());
    }

    /// <summary>The number of rows and a checksum over names and labels.</summary>
    public static string Fingerprint(AnnotationSet annotations)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        annotations.Write(text);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
        return string.Create(CultureInfo.InvariantCulture, $"{annotations.Count} rows, {hash}");
    }

    /// <summary>What tells a file's content from others; where it lies, and how it is called, may change.</summary>
    public static string ContentOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return $"content {Convert.ToHexStringLower(SHA256.HashData(file).AsSpan(0, 8))}";
    }

    /// <summary>Each entry that differs, as <c>name: was, is</c>.</summary>
    public IEnumerable<string> Differences(RunDescription now) => Changed(now).Select(name =>
        $"{name} was {Entries.GetValueOrDefault(name, None)}, is {now.Entries.GetValueOrDefault(name, None)}");

    /// <summary>The names of the entries that differ, in order.</summary>
    public ImmutableArray<string> Changed(RunDescription now)
    {
        // Weights are the same by their content, and by the name of their file only where one of the two does not tell it.
        bool byContent = Entries.ContainsKey(PretrainedContentName) && now.Entries.ContainsKey(PretrainedContentName);
        string aside = byContent ? PretrainedName : PretrainedContentName;
        return
        [
            .. Entries.Keys.Union(now.Entries.Keys).Order(StringComparer.Ordinal).Where(name =>
                name != aside && Entries.GetValueOrDefault(name, None) != now.Entries.GetValueOrDefault(name, None)),
        ];
    }

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
            entries[path] = node?.ToJsonString() ?? None;
        }
    }
}
