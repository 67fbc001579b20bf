using System.Diagnostics;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Lines on standard error: none in an activity's first seconds, then one now and then.</summary>
internal sealed class PlainProgressView : ProgressView
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private string? _activity;
    private long _since;
    private TimeSpan _wait;

    public override void Say(string line) => Console.Error.WriteLine(line);

    public override void Show(string activity, double share, string pace, TimeSpan remaining)
    {
        lock (_lock)
        {
            if (_activity != activity)
            {
                (_activity, _since, _wait) = (activity, Stopwatch.GetTimestamp(), First);
            }
            else if (Stopwatch.GetElapsedTime(_since) >= _wait)
            {
                (_since, _wait) = (Stopwatch.GetTimestamp(), Between);
                Console.Error.WriteLine(FormattableString.Invariant($"{activity}: {100 * share:F0}%, {pace}, {Clock(remaining)} left"));
            }
        }
    }
}
