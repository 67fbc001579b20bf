using System.Diagnostics;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Commands;

/// <summary>A command as it runs where nothing stands in its way.</summary>
/// <param name="Files">The files that have to be the same each time.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Calls">How often it wrote, flushed, renamed and removed; null where that cannot be counted.</param>
internal sealed record UntouchedRun(Dictionary<string, byte[]> Files, double Seconds, CallCounts? Calls)
{
    /// <summary>Gets the names of files that lie in no folder of their own: a command replaces them where they are there.</summary>
    public IEnumerable<string> Replaced => Files.Keys.Where(name => !name.Contains('/', StringComparison.Ordinal));

    /// <summary>Runs it.</summary>
    /// <exception cref="InvalidOperationException">It failed, or left nothing to compare.</exception>
    public static UntouchedRun Of(TriedCommand command, TemporaryFolder folder, CallFaults? faults)
    {
        string place = Directory.CreateDirectory(folder[$"untouched-{command.Name}"]).FullName;
        string[] arguments = command.Arguments(Path.Combine(place, "out"));
        long start = Stopwatch.GetTimestamp();
        Ended ended = Programs.RequireConsole(arguments, faults?.Environment("count", place));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        CallCounts? calls = faults is null ? null : CallCounts.Parse(faults.Take() ?? "");
        Dictionary<string, byte[]> files = CommandFiles.Compared(command, place);
        Directory.Delete(place, recursive: true);
        return files.Count > 0 ? new(files, seconds, calls)
            : throw new InvalidOperationException($"{command.Name} wrote nothing to compare: {ended.Line}");
    }
}
