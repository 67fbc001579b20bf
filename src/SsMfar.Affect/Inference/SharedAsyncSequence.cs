using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace SsMfar.Inference;

/// <summary>As <see cref="SharedSequence{T}"/>, for items that arrive.</summary>
internal sealed class SharedAsyncSequence<T> : IAsyncDisposable
{
    private readonly IAsyncEnumerator<T> _source;
    private readonly Queue<T>[] _waiting;
    private readonly Lock _lock = new();
    private Task _arrival = Task.CompletedTask;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Shares a sequence.</summary>
    /// <param name="source">The sequence.</param>
    /// <param name="readers">How many read it.</param>
    /// <param name="cancellationToken">Ends waiting for the next item.</param>
    public SharedAsyncSequence(IAsyncEnumerable<T> source, int readers, CancellationToken cancellationToken)
    {
        _source = source.GetAsyncEnumerator(cancellationToken);
        _waiting = [.. Enumerable.Range(0, readers).Select(_ => new Queue<T>())];
    }

    /// <summary>The sequence for a reader, to be read once.</summary>
    public async IAsyncEnumerable<T> For(int reader, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (TryTake(reader, out T? item))
            {
                yield return item;
            }
            else if (Arrival(reader) is { } arrival)
            {
                await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                yield break;
            }
        }
    }

    /// <summary>Ends the source. To be called when nobody reads any more and waiting is cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        await _arrival.ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private bool TryTake(int reader, out T item)
    {
        lock (_lock)
        {
            return _waiting[reader].TryDequeue(out item!);
        }
    }

    // When there may be more for a reader; null when there is no more. One waits for the source, the others for that one.
    private Task? Arrival(int reader)
    {
        lock (_lock)
        {
            if (_waiting[reader].Count > 0)
            {
                return Task.CompletedTask;
            }

            _failure?.Throw();
            if (_ended)
            {
                return null;
            }

            if (_arrival.IsCompleted)
            {
                _arrival = Task.Run(AdvanceAsync);
            }

            return _arrival;
        }
    }

    private async Task AdvanceAsync()
    {
        bool moved = false;
        ExceptionDispatchInfo? failure = null;
        try
        {
            moved = await _source.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception end)
        {
            failure = ExceptionDispatchInfo.Capture(end);
        }

        lock (_lock)
        {
            foreach (Queue<T> waiting in moved ? _waiting : [])
            {
                waiting.Enqueue(_source.Current);
            }

            (_ended, _failure) = (!moved, failure);
        }
    }
}
