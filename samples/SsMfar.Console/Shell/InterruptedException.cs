namespace SsMfar.ConsoleApp.Shell;

/// <summary>Work that was interrupted and can go on; the message says how.</summary>
internal sealed class InterruptedException(string message, OperationCanceledException cause) : OperationCanceledException(message, cause);
