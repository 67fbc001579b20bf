using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>Checks the names under which scores are reported.</summary>
internal static class MetricNames
{
    public static ImmutableArray<string> Checked(IReadOnlyList<string> names, int atLeast)
    {
        if (names.Count < atLeast)
        {
            throw new ArgumentException($"Expected at least {atLeast} names, got {names.Count}.", nameof(names));
        }

        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new ArgumentException($"Names repeat: {string.Join(", ", names)}.", nameof(names));
        }

        return [.. names];
    }
}
