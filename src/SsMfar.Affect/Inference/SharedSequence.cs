using System.Runtime.ExceptionServices;

namespace SsMfar.Inference;

/// <summary>
/// One sequence for several readers, each of which gets every item: whoever is ahead takes the next one for all, and holds up nobody who
/// has items waiting. It keeps what the slowest has not read yet. What the sequence throws is thrown to every reader.
/// </summary>
internal sealed class SharedSequence<T>(IEnumerable<T> source, int readers) : IDisposable
{
    private readonly IEnumerator<T> _source = source.GetEnumerator();
    private readonly Queue<T>[] _waiting = [.. Enumerable.Range(0, readers).Select(_ => new Queue<T>())];
    private readonly object _lock = new();
    private bool _advancing;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    /// <summary>The sequence for a reader, to be read once, on any thread.</summary>
    public IEnumerable<T> For(int reader)
    {
        while (TryTake(reader, out T item))
        {
            yield return item;
        }
    }

    /// <summary>Ends the source. To be called when nobody reads any more.</summary>
    public void Dispose() => _source.Dispose();

    private bool TryTake(int reader, out T item)
    {
        while (true)
        {
            lock (_lock)
            {
                while (_advancing && _waiting[reader].Count == 0)
                {
                    Monitor.Wait(_lock);
                }

                if (_waiting[reader].TryDequeue(out item!))
                {
                    return true;
                }

                _failure?.Throw();
                if (_ended)
                {
                    return false;
                }

                _advancing = true;
            }

            Advance();
        }
    }

    private void Advance()
    {
        bool moved = false;
        try
        {
            moved = _source.MoveNext();
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }

        lock (_lock)
        {
            foreach (Queue<T> waiting in moved ? _waiting : [])
            {
                waiting.Enqueue(_source.Current);
            }

            (_ended, _advancing) = (!moved, false);
            Monitor.PulseAll(_lock);
        }
    }
}
