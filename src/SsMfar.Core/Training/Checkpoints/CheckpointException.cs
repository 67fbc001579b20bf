namespace SsMfar.Training;

/// <summary>A run cannot be resumed, or would overwrite another; the message says why and what to do.</summary>
public sealed class CheckpointException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    internal CheckpointException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
