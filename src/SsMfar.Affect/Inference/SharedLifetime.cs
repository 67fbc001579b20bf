namespace SsMfar.Inference;

/// <summary>
/// Keeps something alive while calls use it: disposed when its owner says so, or, where calls are running then, by the last of them. Native
/// code whose session or weights are freed under it ends the process.
/// </summary>
/// <param name="resource">What is used.</param>
/// <param name="owner">Named in the exception that later calls get.</param>
internal sealed class SharedLifetime(IDisposable resource, object owner) : IDisposable
{
    private readonly Lock _gate = new();
    private int _users;
    private bool _ended;

    /// <summary>Starts a use, which ends when what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The owner is disposed.</exception>
    public Use Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, owner);
            _users++;
            return new(this);
        }
    }

    /// <summary>Throws where no use can start any more.</summary>
    public void ThrowIfEnded() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _ended), owner);

    /// <summary>Ends it: at once where nothing runs. May be called again.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            if (_users > 0)
            {
                return;
            }
        }

        resource.Dispose();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0 || !_ended)
            {
                return;
            }
        }

        resource.Dispose();
    }

    /// <summary>One use.</summary>
    public readonly struct Use(SharedLifetime shared) : IDisposable
    {
        public void Dispose() => shared.Leave();
    }
}
