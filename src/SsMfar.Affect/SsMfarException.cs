namespace SsMfar;

/// <summary>
/// A fault that whoever calls the library can put right: a file, a setting, a device, a data set. The message names it and says what to
/// do. Faults of the calling code itself are <see cref="ArgumentException"/> and <see cref="InvalidOperationException"/>.
/// </summary>
public abstract class SsMfarException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="remedy">What to do, as the message says it; <see langword="null"/> where each of several faults has its own.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    protected SsMfarException(string message, string? remedy, Exception? innerException = null)
        : base(message, innerException) => Remedy = remedy;

    /// <summary>
    /// Gets what to do, in one or more sentences; <see langword="null"/> where each of several faults has its own remedy.
    /// </summary>
    public string? Remedy { get; }
}
