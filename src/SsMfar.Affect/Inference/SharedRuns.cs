using System.Buffers;
using Microsoft.Extensions.Logging;

namespace SsMfar.Inference;

/// <summary>
/// Runs a network for calls of many threads, so many runs at a time. A call that finds it free runs at once and by itself; those that come
/// while all runs are taken wait, and go into the next one together, in order and as many as fit. Who waits longest has that run done for
/// all: there is no time for which anybody waits for others to come.
/// </summary>
/// <param name="network">The network; not owned.</param>
/// <param name="batchSize">The most images of a run; a call with more of them runs by itself.</param>
/// <param name="atOnce">The runs at a time.</param>
/// <param name="logger">Hears of runs that fail together.</param>
internal sealed class SharedRuns(IAffectNetwork network, int batchSize, int atOnce, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Call> _waiting = [];
    private readonly RunThreads _threads = new(atOnce, TimeSpan.FromSeconds(30));

    // Below the number at a time nobody waits.
    private int _running;

    /// <summary>Gets how many calls wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Runs images with those of other calls, and keeps the thread until then.</summary>
    /// <param name="pixels">As for <see cref="IAffectNetwork.Run"/>.</param>
    /// <param name="count">The number of images.</param>
    /// <returns>These images' outputs.</returns>
    public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
    {
        Call call = new(pixels, count);
        return TryStart(call) ? Lead(call) : call.Turn.Task.GetAwaiter().GetResult() ?? Lead(call);
    }

    /// <summary>Runs images with those of other calls, on a thread for runs.</summary>
    /// <param name="pixels">As for <see cref="IAffectNetwork.Run"/>; lent until the task is complete.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="cancellationToken">Ends the waiting; a run that has begun is finished.</param>
    /// <returns>These images' outputs.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public async Task<float[][]> RunAsync(ReadOnlyMemory<byte> pixels, int count, CancellationToken cancellationToken)
    {
        Call call = new(pixels, count) { KeepsNoThread = true };
        if (TryStart(call))
        {
            Begin(call);
        }

        using CancellationTokenRegistration leaving = cancellationToken.Register(() => Leave(call, cancellationToken));
        return (await call.Turn.Task.ConfigureAwait(false))!;
    }

    private void Begin(Call call) => _threads.Start(() =>
    {
        try
        {
            call.Turn.SetResult(Lead(call));
        }
        catch (Exception failed)
        {
            call.Turn.SetException(failed);
        }
    });

    // Where no run is free, the call waits.
    private bool TryStart(Call call)
    {
        lock (_gate)
        {
            if (_running == atOnce)
            {
                _waiting.AddLast(call);
                return false;
            }

            _running++;
            return true;
        }
    }

    private void Leave(Call call, CancellationToken cancellationToken)
    {
        bool waited;
        lock (_gate)
        {
            waited = _waiting.Remove(call);
        }

        if (waited)
        {
            call.Turn.SetCanceled(cancellationToken);
        }
    }

    private float[][] Lead(Call first)
    {
        try
        {
            Call[] others = TakeBeside(first);
            return others.Length == 0 ? network.Run(first.Pixels, first.Count) : RunTogether(first, others);
        }
        finally
        {
            HandOver();
        }
    }

    // Nobody overtakes: who does not fit keeps the place at the front.
    private Call[] TakeBeside(Call first)
    {
        List<Call> others = [];
        lock (_gate)
        {
            for (int rows = first.Count; _waiting.First is { } next && (rows += next.Value.Count) <= batchSize;)
            {
                _waiting.RemoveFirst();
                others.Add(next.Value);
            }
        }

        return [.. others];
    }

    private void HandOver()
    {
        Call? next;
        lock (_gate)
        {
            next = _waiting.First?.Value;
            if (next is null)
            {
                _running--;
                return;
            }

            _waiting.RemoveFirst();
        }

        if (next.KeepsNoThread)
        {
            Begin(next);
        }
        else
        {
            next.Turn.SetResult(null);
        }
    }

    // A run that fails may do so by one call's images: each then runs by itself, so that the others get their outputs.
    private float[][] RunTogether(Call first, Call[] others)
    {
        float[][][]? parts;
        try
        {
            parts = TryRun([first, .. others]);
        }
        catch (Exception failed)
        {
            // Nobody else knows of them any more, and they would wait for ever.
            foreach (Call other in others)
            {
                other.Turn.SetException(failed);
            }

            throw;
        }

        for (int i = 0; i < others.Length; i++)
        {
            if (parts is not null)
            {
                others[i].Turn.SetResult(parts[i + 1]);
            }
            else
            {
                RunAlone(others[i]);
            }
        }

        return parts?[0] ?? network.Run(first.Pixels, first.Count);
    }

    private void RunAlone(Call call)
    {
        try
        {
            call.Turn.SetResult(network.Run(call.Pixels, call.Count));
        }
        catch (Exception failed)
        {
            call.Turn.SetException(failed);
        }
    }

    private float[][][]? TryRun(Call[] calls)
    {
        int length = calls.Sum(call => call.Pixels.Length), rows = calls.Sum(call => call.Count);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int start = 0;
            foreach (Call call in calls)
            {
                call.Pixels.CopyTo(pixels.AsMemory(start));
                start += call.Pixels.Length;
            }

            float[][] outputs = network.Run(pixels.AsMemory(0, length), rows);
            if (Array.TrueForAll(outputs, values => values.Length % rows == 0))
            {
                return Split(outputs, calls, rows);
            }

            PredictionLog.BatchFailed(logger, rows, "the network's outputs have another number of rows.");
            return null;
        }
        catch (Exception failed)
        {
            PredictionLog.BatchFailed(logger, rows, failed.Message);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    private static float[][][] Split(float[][] outputs, Call[] calls, int rows)
    {
        float[][][] parts = new float[calls.Length][][];
        int row = 0;
        for (int i = 0; i < calls.Length; i++)
        {
            (int start, int count) = (row, calls[i].Count);
            parts[i] = Array.ConvertAll(outputs, values =>
            {
                int width = values.Length / rows;
                return values.AsSpan(start * width, count * width).ToArray();
            });
            row += count;
        }

        return parts;
    }

    /// <summary>
    /// A call that waits: for its outputs, or for null, with which one that keeps a thread is told to run itself and those that wait.
    /// </summary>
    private sealed class Call(ReadOnlyMemory<byte> pixels, int count)
    {
        public ReadOnlyMemory<byte> Pixels => pixels;

        public int Count => count;

        public bool KeepsNoThread { get; init; }

        // What awaits it must not run on the thread that completes it, which has a run to do or a result to return.
        public TaskCompletionSource<float[][]?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
