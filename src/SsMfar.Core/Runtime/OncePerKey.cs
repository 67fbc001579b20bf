using System.Collections.Concurrent;

namespace SsMfar.Runtime;

/// <summary>
/// Values that are made once for each key and live as long as this object. Unlike a <see cref="ConcurrentDictionary{TKey, TValue}"/> alone,
/// whose factory may run once for each thread that comes at the same time, nothing is made that nobody keeps: native memory would leak by
/// it. A factory that throws is asked again by the next call.
/// </summary>
internal sealed class OncePerKey<TKey, TValue>(Func<TKey, TValue> make)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<TValue>> _values = new();

    /// <summary>The value of a key; waits where another thread is making it.</summary>
    public TValue Get(TKey key)
    {
        Lazy<TValue> value = _values.GetOrAdd(key, missing => new(() => make(missing)));
        try
        {
            return value.Value;
        }
        catch
        {
            _values.TryRemove(KeyValuePair.Create(key, value));
            throw;
        }
    }
}
