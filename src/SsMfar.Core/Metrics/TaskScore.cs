using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>A task's score.</summary>
/// <param name="primary">The one number that the task is judged by, higher is better; null when no row has a label.</param>
/// <param name="values">Every number by name, for logs and reports; null where undefined.</param>
public sealed class TaskScore(double? primary, ImmutableSortedDictionary<string, double?> values)
{
    /// <summary>Gets the one number that the task is judged by, higher is better; null when no row has a label.</summary>
    public double? Primary { get; } = primary;

    /// <summary>Gets every number by name, for logs and reports; null where undefined.</summary>
    public ImmutableSortedDictionary<string, double?> Values { get; } = values;
}
