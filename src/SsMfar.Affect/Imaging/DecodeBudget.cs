namespace SsMfar.Imaging;

/// <summary>
/// Bytes that may be taken at once. Who does not find enough waits, and who comes later waits behind, so that a large image gets its turn.
/// One that asks for more than there is gets all of it, alone.
/// </summary>
internal sealed class DecodeBudget(long bytes)
{
    private readonly object _gate = new();
    private long _used;
    private long _nextTicket;
    private long _served;

    public long Bytes => bytes;

    /// <summary>Gets bytes taken now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Gets how many wait now.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
            {
                return _nextTicket - _served;
            }
        }
    }

    /// <summary>Waits for room and takes it.</summary>
    public void Take(long wanted)
    {
        lock (_gate)
        {
            long ticket = _nextTicket++;
            while (ticket != _served || (_used > 0 && _used + wanted > bytes))
            {
                Monitor.Wait(_gate);
            }

            _served++;
            _used += wanted;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void Release(long taken)
    {
        lock (_gate)
        {
            _used -= taken;
            Monitor.PulseAll(_gate);
        }
    }
}
