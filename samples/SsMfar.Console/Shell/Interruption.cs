using System.Runtime.InteropServices;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// Turns SIGINT and SIGTERM into a cancellation, which ends commands that do not look at it, too; a second signal ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // For work that hears of it to take away what it wrote aside, and a bar from the terminal.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(
        signal => PosixSignalRegistration.Create(signal, Interrupt))];

    public CancellationToken Token => _source.Token;

    /// <summary>What work comes to; once it is interrupted, it has a moment to end by itself.</summary>
    /// <exception cref="OperationCanceledException">It did not; it goes on.</exception>
    public async Task<int> WaitAsync(Task<int> work)
    {
        await Task.WhenAny(work, Task.Delay(Timeout.Infinite, Token)).ConfigureAwait(false);
        if (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(Grace)).ConfigureAwait(false);
        }

        return work.IsCompleted ? await work.ConfigureAwait(false) : throw new OperationCanceledException(Token);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Interrupt(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            ProcessEnd.Now(ExitCodes.Interrupted);
        }

        context.Cancel = true;
        _source.Cancel();
    }
}
