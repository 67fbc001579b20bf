using System.Runtime.ExceptionServices;
using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// Work before the first step, as decoding, of which nobody knows how long it takes. Meanwhile a thread of each rank exchanges whether it
/// is still at work, so that nobody waits longer for a call of another than the group allows, and whether it is to stop, which then stops
/// all.
/// </summary>
internal static class LongWork
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(2);

    /// <summary>Does this rank's part, and returns when all ranks have done theirs.</summary>
    /// <param name="group">Nobody else calls it until this returns.</param>
    /// <param name="work">This rank's part; what it makes is disposed where another rank ends the work.</param>
    /// <param name="cancellationToken">Stops all ranks.</param>
    /// <param name="stoppedTogether">Whether a rank was to stop, and all do.</param>
    /// <exception cref="OperationCanceledException">A rank was to stop.</exception>
    /// <exception cref="ProcessGroupException">Another rank failed, or is not heard of.</exception>
    public static T? Do<T>(
        IProcessGroup group, Func<CancellationToken, T?> work, out bool stoppedTogether, CancellationToken cancellationToken)
        where T : class, IDisposable
    {
        CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ManualResetEventSlim done = new();
        bool failed = false;
        bool stopped = false;
        ExceptionDispatchInfo? silence = null;
        Thread exchange = new(Exchange) { IsBackground = true, Name = "SsMfar ranks at work" };
        exchange.Start();
        T? made = null;
        try
        {
            made = work(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The exchange knows who ended it.
        }
        catch
        {
            Volatile.Write(ref failed, true);
            throw;
        }
        finally
        {
            done.Set();

            // A failure does not wait for a rank that may never come: whoever hears of it here ends the group, and the exchange with it.
            if (exchange.Join(Volatile.Read(ref failed) ? LongestFarewell : Timeout.InfiniteTimeSpan))
            {
                ending.Dispose();
                done.Dispose();
            }

            stoppedTogether = stopped;
        }

        if (silence is not null || stopped)
        {
            made?.Dispose();
            silence?.Throw();
            throw new OperationCanceledException(cancellationToken);
        }

        return made;

        void Exchange()
        {
            try
            {
                bool atWork = true;
                for (TimeSpan pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
                {
                    if (!atWork)
                    {
                        Thread.Sleep(pause);
                    }
                    else if (done.Wait(pause, CancellationToken.None))
                    {
                        atWork = false;
                    }

                    // Whoever failed says so by another call, which the others' next one hears.
                    if (Volatile.Read(ref failed))
                    {
                        return;
                    }

                    (bool anyAtWork, stopped) = Any(group, atWork, cancellationToken.IsCancellationRequested);
                    if (stopped)
                    {
                        ending.Cancel();
                    }

                    if (stopped || !anyAtWork)
                    {
                        return;
                    }
                }
            }
            catch (Exception fault)
            {
                silence = ExceptionDispatchInfo.Capture(fault);
                ending.Cancel();
            }
        }
    }

    private static (bool AtWork, bool Stops) Any(IProcessGroup group, bool atWork, bool stops)
    {
        using torch.Tensor counts = Transfers.ToDevice([atWork ? 1L : 0, stops ? 1L : 0], [2], torch.CPU);
        group.AllReduce(counts);
        return (counts.data<long>()[0] > 0, counts.data<long>()[1] > 0);
    }
}
