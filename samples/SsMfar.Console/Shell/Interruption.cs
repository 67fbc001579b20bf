using System.Runtime.InteropServices;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// Turns SIGINT and SIGTERM into a cancellation, which ends commands that do not look at it, too; a second signal ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(
        signal => PosixSignalRegistration.Create(signal, Interrupt))];

    public CancellationToken Token => _source.Token;

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
