using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>What a run of a candidate came to at a rung.</summary>
/// <param name="Epochs">The epochs that it had.</param>
/// <param name="Score">The best epoch's score; null where it came to nothing.</param>
/// <param name="BestEpoch">That epoch.</param>
/// <param name="Course">The score of each epoch.</param>
/// <param name="Seconds">All of its epochs took.</param>
/// <param name="Failure">Why it came to nothing; null where it did not.</param>
internal sealed record SearchTrial(int Epochs, double? Score, int BestEpoch, double?[] Course, double Seconds, string? Failure);

/// <summary>The trials of a run, kept in its folder: what is there need not be trained again.</summary>
internal static class SearchTrials
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>The trials of a run; empty where there are none.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static ImmutableArray<SearchTrial> Load(string folder)
    {
        string path = PathIn(folder);
        try
        {
            SearchTrial?[] trials = !File.Exists(path) ? [] : JsonSerializer.Deserialize<SearchTrial?[]>(File.ReadAllText(path), Format)
                ?? throw new JsonException("it is null");
            return [.. trials.Select(trial => trial is { Course: not null } ? trial : throw new JsonException("a trial is null"))];
        }
        catch (JsonException damaged)
        {
            throw new BadInputException(
                $"{path} is damaged ({damaged.Message.TrimEnd('.')}). Remove this run's folder, and give the same command again.");
        }
    }

    /// <summary>
    /// Whether a run is past a rung: a search that goes on with another budget may have rungs that its earlier start left out.
    /// </summary>
    /// <param name="history">The run's epochs that have ended, a line each.</param>
    /// <param name="epochs">The rung's.</param>
    /// <param name="trial">
    /// What the run came to there: the epochs of a run that ends there are the same ones. Null where the last of them has no score, which
    /// it would have there, since the last epoch of a run is always evaluated.
    /// </param>
    public static bool IsPast(string history, int epochs, out SearchTrial? trial)
    {
        EndedEpoch[] ended = File.Exists(history)
            ? [.. File.ReadLines(history).Take(epochs).Select(Epoch).OfType<EndedEpoch>()]
            : [];
        double?[] scores = [.. ended.Select(epoch => epoch.Score)];
        trial = scores.Length < epochs || scores[^1] is null ? null : new(
            epochs, scores.Max(), Array.IndexOf(scores, scores.Max()) + 1, scores, ended.Sum(epoch => epoch.Seconds), Failure: null);
        return ended.Length == epochs;
    }

    /// <summary>Keeps one more.</summary>
    public static void Add(string folder, SearchTrial trial)
    {
        SearchTrial[] all = [.. Load(folder).Where(other => other.Epochs != trial.Epochs), trial];
        AtomicFile.WriteText(PathIn(folder), writer => writer.Write(JsonSerializer.Serialize(all, Format)));
    }

    // Null for half a line, which a killed process left.
    private static EndedEpoch? Epoch(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<EndedEpoch>(line, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string PathIn(string folder) => Path.Combine(folder, "trials.json");

    /// <summary>What a line of a run's history says of an epoch that is needed here.</summary>
    private sealed record EndedEpoch(double? Score, double Seconds);
}
