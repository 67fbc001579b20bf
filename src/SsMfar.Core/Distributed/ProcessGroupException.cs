namespace SsMfar.Distributed;

/// <summary>Ranks that train together cannot go on: one failed, is missing, or has other data; the message names it and says why.</summary>
public sealed class ProcessGroupException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in a sentence.</param>
    /// <param name="remedy">What to do, in a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public ProcessGroupException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }

    /// <summary>
    /// Gets whether the ranks could not begin, as they were started otherwise than they should be; else they fell apart at work.
    /// </summary>
    public bool IsStart { get; init; }
}
