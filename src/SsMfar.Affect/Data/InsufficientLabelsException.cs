using System.Collections.Immutable;

namespace SsMfar.Data;

/// <summary>
/// A class, or an action unit's presence or absence, has no sample to learn from, so its weight is undefined. The message names it and the
/// remedy.
/// </summary>
public sealed class InsufficientLabelsException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="missing">The classes or units without a sample; at least one.</param>
    /// <param name="message">What is missing and what to do.</param>
    public InsufficientLabelsException(IEnumerable<string> missing, string message)
        : base(message)
    {
        ArgumentNullException.ThrowIfNull(missing);
        Missing = [.. missing];
    }

    /// <summary>The classes or units without a sample.</summary>
    public ImmutableArray<string> Missing { get; }
}
