using System.Collections.Immutable;

namespace SsMfar.Data;

/// <summary>
/// A class, or an action unit's presence or absence, has no sample to learn from, so its weight is undefined. The message names it and the
/// remedy.
/// </summary>
public sealed class InsufficientLabelsException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="missing">The classes or units without a sample; at least one.</param>
    /// <param name="problem">What is missing, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    internal InsufficientLabelsException(IEnumerable<string> missing, string problem, string remedy)
        : base($"{problem} {remedy}", remedy)
    {
        ArgumentNullException.ThrowIfNull(missing);
        Missing = [.. missing];
    }

    /// <summary>Gets the classes or units without a sample.</summary>
    public ImmutableArray<string> Missing { get; }
}
