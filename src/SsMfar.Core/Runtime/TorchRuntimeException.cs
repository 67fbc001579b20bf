namespace SsMfar.Runtime;

/// <summary>
/// The native libraries of TorchSharp could not be loaded. <see cref="Exception.Message"/> says what was tried and what to do.
/// </summary>
public sealed class TorchRuntimeException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public TorchRuntimeException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What failed and what to do about it.</param>
    public TorchRuntimeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">What failed and what to do about it.</param>
    /// <param name="innerException">The failure underneath.</param>
    public TorchRuntimeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal TorchRuntimeException(string problem, string remedy, IReadOnlyList<string> attempts, Exception? innerException)
        : base(Compose(problem, remedy, attempts), innerException) =>
        Attempts = attempts;

    /// <summary>Gets the steps taken before the failure, in order; empty when nothing was tried.</summary>
    public IReadOnlyList<string> Attempts { get; } = [];

    private static string Compose(string problem, string remedy, IReadOnlyList<string> attempts)
    {
        var tried = attempts.Count == 0 ? "" : $"\nTried:\n  - {string.Join("\n  - ", attempts)}";
        return $"{problem}\n{remedy}{tried}";
    }
}
