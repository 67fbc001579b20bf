using System.Diagnostics;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// Shows how far work has come, with throughput and time left: drawn in place on a terminal, else as a line now and then. Safe to call
/// from several threads.
/// </summary>
internal abstract class ProgressView
{
    /// <summary>Does work under a view suited to where standard error goes.</summary>
    public static Task<T> RunAsync<T>(ConsoleSession session, Func<ProgressView, Task<T>> work) =>
        session.IsInteractive ? LiveProgressView.RunAsync(session.Messages, work) : work(new PlainProgressView());

    /// <summary>A line that stays.</summary>
    public abstract void Say(string line);

    /// <summary>Shows an activity.</summary>
    /// <param name="activity">What is done; a new name starts a new activity.</param>
    /// <param name="share">How far it is, 0 to 1.</param>
    /// <param name="pace">Throughput and whatever else belongs beside the bar.</param>
    /// <param name="remaining">Time left.</param>
    public abstract void Show(string activity, double share, string pace, TimeSpan remaining);

    /// <summary>A receiver of counts.</summary>
    /// <param name="activity">What is done.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="unit">What is counted.</param>
    public IProgress<int> Count(string activity, int total, string unit) => new Counter(this, activity, total, unit);

    /// <summary>Time as m:ss or h:mm:ss.</summary>
    protected static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? FormattableString.Invariant($"{(long)time.TotalHours}:{time:mm\\:ss}")
        : FormattableString.Invariant($"{time:m\\:ss}");

    private sealed class Counter(ProgressView view, string activity, int total, string unit) : IProgress<int>
    {
        // Before that, a rate says more about the clock than about the work.
        private const double MeaningfulSeconds = 0.5;

        private readonly long _start = Stopwatch.GetTimestamp();
        private int _most;

        public void Report(int value)
        {
            // Several threads count; the highest is the truth.
            int most = Volatile.Read(ref _most);
            while (value > most)
            {
                int seen = Interlocked.CompareExchange(ref _most, value, most);
                if (seen == most)
                {
                    break;
                }

                most = seen;
            }

            double seconds = Math.Max(1e-3, Stopwatch.GetElapsedTime(_start).TotalSeconds);
            double pace = value / seconds;
            view.Show(
                activity,
                (double)value / Math.Max(1, total),
                FormattableString.Invariant($"{value}/{total} {unit}{(seconds > MeaningfulSeconds ? $", {pace:F0}/s" : "")}"),
                TimeSpan.FromSeconds((total - value) / Math.Max(pace, 1e-3)));
        }
    }
}
