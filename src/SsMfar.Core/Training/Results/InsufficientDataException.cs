namespace SsMfar.Training;

/// <summary>A data set holds too few usable images to train on or to judge by; the message says which, how many, and what to do.</summary>
public sealed class InsufficientDataException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    internal InsufficientDataException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
