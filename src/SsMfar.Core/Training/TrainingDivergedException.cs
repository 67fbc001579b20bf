namespace SsMfar.Training;

/// <summary>A loss stopped being a finite number; the message names epoch, step, terms and remedies.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Makes an exception.</summary>
    public TrainingDivergedException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
