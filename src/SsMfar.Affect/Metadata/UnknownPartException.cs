namespace SsMfar.Metadata;

/// <summary>A part of a model is of a kind that is not registered; the message lists the kinds that are known.</summary>
public sealed class UnknownPartException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public UnknownPartException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
