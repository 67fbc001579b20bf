using System.Runtime.CompilerServices;

namespace SsMfar.Inference;

/// <summary>As <see cref="SharedSequence{T}"/>, for items that arrive.</summary>
internal sealed class SharedAsyncSequence<T> : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly IAsyncEnumerator<T> _source;
    private readonly Queue<T>[] _waiting;
    private bool _ended;

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
        while (await TakeAsync(reader, cancellationToken).ConfigureAwait(false) is (true, T item))
        {
            yield return item;
        }
    }

    /// <summary>Ends the source. To be called when nobody reads any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async ValueTask<(bool Taken, T? Item)> TakeAsync(int reader, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_waiting[reader].Count == 0 && !_ended)
            {
                _ended = !await _source.MoveNextAsync().ConfigureAwait(false);
                foreach (Queue<T> waiting in _ended ? [] : _waiting)
                {
                    waiting.Enqueue(_source.Current);
                }
            }

            return _waiting[reader].TryDequeue(out T? item) ? (true, item) : (false, default);
        }
        finally
        {
            _turn.Release();
        }
    }
}
