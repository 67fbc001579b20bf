using System.Diagnostics;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>
/// Ends the process where a case does not end: after 5 s of the process's own time, so that a busy machine makes no fault, or where it does
/// nothing for two minutes.
/// </summary>
internal sealed class FuzzWatch : IDisposable
{
    /// <summary>The exit code that says it.</summary>
    public const int Hangs = 86;

    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);

    private readonly Timer _timer;
    private long _case = -1;
    private long _seen = -1;
    private TimeSpan _seenBusy;
    private long _seenAt;

    public FuzzWatch() => _timer = new(_ => Look(), null, 500, 500);

    /// <summary>Says that a case begins.</summary>
    public void Begin(long number) => Volatile.Write(ref _case, number);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long now = Volatile.Read(ref _case);
        TimeSpan busy = Process.GetCurrentProcess().TotalProcessorTime;
        if (now != _seen)
        {
            (_seen, _seenBusy, _seenAt) = (now, busy, Stopwatch.GetTimestamp());
        }
        else if (now >= 0 && (busy - _seenBusy > Busy || Stopwatch.GetElapsedTime(_seenAt) > Idle))
        {
            Environment.Exit(Hangs);
        }
    }
}
