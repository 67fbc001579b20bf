using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Shared;

namespace SsMfar.Training;

/// <summary>
/// Hands what a run reports to its files, to the meter and to whoever asked for it. Files that fail are given up: hours of training are not
/// lost for a full disk under a log.
/// </summary>
internal sealed partial class RunWatchers(
    ImmutableArray<Func<RunWatcher>> create, IProgress<TrainingProgress>? progress, ILogger logger)
    : IProgress<TrainingProgress>, IDisposable
{
    private readonly List<RunWatcher> _watchers = [.. create.Select(make => make())];

    /// <summary>The run begins, or goes on after some epochs.</summary>
    public void Begin(ImmutableArray<EpochResult> history) => Each(watcher => watcher.Begin(history));

    public void Report(TrainingProgress value)
    {
        TrainingMeter.Report(value);
        Each(watcher => watcher.Report(value));
        progress?.Report(value);
    }

    public void Dispose() => Each(watcher => watcher.Dispose());

    private void Each(Action<RunWatcher> act)
    {
        foreach (RunWatcher watcher in _watchers.ToArray())
        {
            try
            {
                act(watcher);
            }
            catch (Exception failed) when (IsOfFiles(failed))
            {
                _watchers.Remove(watcher);
                GivenUp(logger, watcher.Path, failed.Message);
                DisposeIfPossible(watcher);
            }
        }
    }

    // What it could not write it may try to write once more.
    private static void DisposeIfPossible(RunWatcher watcher)
    {
        try
        {
            watcher.Dispose();
        }
        catch (Exception failed) when (IsOfFiles(failed))
        {
        }
    }

    private static bool IsOfFiles(Exception failed) =>
        failed is IOException or UnauthorizedAccessException || AtomicFile.IsTooLarge(failed);

    [LoggerMessage(40, LogLevel.Warning, "{Path} cannot be written, and the run goes on without: {Reason}")]
    private static partial void GivenUp(ILogger logger, string path, string reason);
}
