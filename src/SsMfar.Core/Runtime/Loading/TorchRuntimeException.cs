namespace SsMfar.Runtime;

/// <summary>
/// The native libraries of TorchSharp could not be loaded, or a setting of the runtime cannot be used. <see cref="Exception.Message"/> says
/// what was tried and what to do.
/// </summary>
public sealed class TorchRuntimeException : SsMfarException
{
    internal TorchRuntimeException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }

    internal TorchRuntimeException(string problem, string remedy, IReadOnlyList<string> attempts, Exception? innerException)
        : base(Compose(problem, remedy, attempts), remedy, innerException) =>
        Attempts = attempts;

    /// <summary>Gets the steps taken before the failure, in order; empty when nothing was tried.</summary>
    public IReadOnlyList<string> Attempts { get; } = [];

    private static string Compose(string problem, string remedy, IReadOnlyList<string> attempts)
    {
        string tried = attempts.Count == 0 ? "" : $"\nTried:\n  - {string.Join("\n  - ", attempts)}";
        return $"{problem}\n{remedy}{tried}";
    }
}
