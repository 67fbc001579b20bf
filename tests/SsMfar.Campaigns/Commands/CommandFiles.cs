using System.Text.Json;
using System.Text.RegularExpressions;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Campaigns.Commands;

/// <summary>What a command leaves in its place.</summary>
internal static partial class CommandFiles
{
    /// <summary>The files under their own names that have to be the same, by their paths in the place.</summary>
    public static Dictionary<string, byte[]> Compared(TriedCommand command, string place) => Ready(place).Where(command.IsCompared)
        .ToDictionary(file => Path.GetRelativePath(place, file), File.ReadAllBytes, StringComparer.Ordinal);

    /// <summary>The paths of files that are not as an untouched run leaves them.</summary>
    public static IEnumerable<string> Others(TriedCommand command, Dictionary<string, byte[]> untouched, string place)
    {
        Dictionary<string, byte[]> files = Compared(command, place);
        return untouched.Keys.Union(files.Keys).Order(StringComparer.Ordinal).Where(name =>
            !(untouched.TryGetValue(name, out byte[]? expected) && files.TryGetValue(name, out byte[]? now)
                && expected.AsSpan().SequenceEqual(now)));
    }

    /// <summary>What is wrong with files under their own names after a command ended too early: none may be half.</summary>
    public static IEnumerable<(string Name, string Reason)> Halves(Dictionary<string, byte[]> untouched, string place)
    {
        foreach (string file in Ready(place))
        {
            string name = Path.GetRelativePath(place, file);
            if (WhyHalf(file, untouched.GetValueOrDefault(name)) is { } reason)
            {
                yield return (name, reason);
            }
        }
    }

    /// <summary>Whether a file is written aside, and nobody reads it.</summary>
    public static bool IsAside(string file) => file.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>The name under which a file is asked for, where it may be one aside.</summary>
    public static string NameOf(string file) => AsideName().Match(Path.GetFileName(file)) is { Success: true } aside
        ? aside.Groups[1].Value : Path.GetFileName(file);

    /// <summary>Whether a file only tells of a run as it goes: one that cannot be written is given up, and the run goes on.</summary>
    public static bool IsTold(string file) => NameOf(file) is var name
        && (name == "history.jsonl" || name.StartsWith("events.out.tfevents.", StringComparison.Ordinal));

    [GeneratedRegex(@"^\.(.+)\.[0-9a-f]{32}\.tmp$")]
    private static partial Regex AsideName();

    private static IEnumerable<string> Ready(string place) =>
        Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Where(file => !IsAside(file));

    // Weights are compared where the command is done: before, a later epoch's may stand in their place.
    private static string? WhyHalf(string file, byte[]? whole)
    {
        try
        {
            switch (Path.GetExtension(file))
            {
                case ".safetensors":
                    ReadWeights(file);
                    return null;
                case ".json":
                    JsonDocument.Parse(File.ReadAllBytes(file)).Dispose();
                    break;
                case ".html" when !File.ReadAllText(file).TrimEnd().EndsWith("</html>", StringComparison.Ordinal):
                    return "a page without its end";
            }

            return whole is null || File.ReadAllBytes(file).AsSpan().SequenceEqual(whole) ? null : "a part of what it is to be";
        }
        catch (Exception damaged) when (damaged is ModelFileException or JsonException)
        {
            return damaged.Message;
        }
    }

    private static void ReadWeights(string file)
    {
        TorchRuntime.Initialize();
        using DisposeScope scope = torch.NewDisposeScope();
        using WeightFile weights = WeightFile.Open(file);
        foreach (string key in weights.Keys)
        {
            weights.Read(key).Dispose();
        }
    }
}
