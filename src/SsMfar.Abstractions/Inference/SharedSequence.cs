namespace SsMfar.Inference;

/// <summary>
/// One sequence for several readers, each of which gets every item: whoever is ahead takes the next one for all. It keeps what the slowest has not
/// read yet.
/// </summary>
internal sealed class SharedSequence<T>(IEnumerable<T> source, int readers) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly IEnumerator<T> _source = source.GetEnumerator();
    private readonly Queue<T>[] _waiting = [.. Enumerable.Range(0, readers).Select(_ => new Queue<T>())];
    private bool _ended;

    /// <summary>The sequence for a reader, to be read once, on any thread.</summary>
    public IEnumerable<T> For(int reader)
    {
        while (TryTake(reader, out T? item))
        {
            yield return item;
        }
    }

    /// <summary>Ends the source. To be called when nobody reads any more.</summary>
    public void Dispose() => _source.Dispose();

    private bool TryTake(int reader, out T item)
    {
        lock (_lock)
        {
            if (_waiting[reader].Count == 0 && !_ended)
            {
                _ended = !_source.MoveNext();
                foreach (Queue<T> waiting in _ended ? [] : _waiting)
                {
                    waiting.Enqueue(_source.Current);
                }
            }

            return _waiting[reader].TryDequeue(out item!);
        }
    }
}
