using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>A task's score.</summary>
/// <param name="Primary">The one number that the task is judged by, higher is better; null when no row has a label.</param>
/// <param name="Values">Every number by name, for logs and reports; null where undefined.</param>
public sealed record TaskScore(double? Primary, ImmutableSortedDictionary<string, double?> Values);
