namespace SsMfar.Training;

/// <summary>A data set holds too few usable images to train on or to judge by; the message says which, how many, and what to do.</summary>
public sealed class InsufficientDataException : Exception
{
    /// <summary>Makes an exception.</summary>
    public InsufficientDataException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is missing and what to do.</param>
    public InsufficientDataException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is missing and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public InsufficientDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
