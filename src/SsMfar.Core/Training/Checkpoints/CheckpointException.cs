namespace SsMfar.Training;

/// <summary>A run cannot be resumed, or would overwrite another; the message says why and what to do.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Makes an exception.</summary>
    public CheckpointException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
