namespace SsMfar.Training;

/// <summary>A loss or an output became NaN or infinite; the message names epoch, step, terms and remedies.</summary>
public sealed class TrainingDivergedException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    internal TrainingDivergedException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
