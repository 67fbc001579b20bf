namespace SsMfar.Models;

/// <summary>A part of a model is of a kind that nobody registered; the message lists the kinds that are known.</summary>
public sealed class UnknownPartException : Exception
{
    /// <summary>An unknown part.</summary>
    public UnknownPartException()
    {
    }

    /// <summary>An unknown part.</summary>
    /// <param name="message">Which, and what is known.</param>
    public UnknownPartException(string message)
        : base(message)
    {
    }

    /// <summary>An unknown part.</summary>
    /// <param name="message">Which, and what is known.</param>
    /// <param name="innerException">What led to it.</param>
    public UnknownPartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
