using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What a file has that training does not learn from: it is read, merged and written, and nothing is lost of it.</summary>
internal static class KeptLabels
{
    /// <summary>What there is of it: columns by name, and halves of valence and arousal.</summary>
    public static string[] Of(AnnotationSet set)
    {
        AnnotationStatistics statistics = set.Statistics;
        int both = statistics.Rows - statistics.InvalidValenceArousal;
        return
        [
            .. statistics.KnownValence > both ? [$"valence without arousal ({statistics.KnownValence - both} rows)"] : (string[])[],
            .. statistics.KnownArousal > both ? [$"arousal without valence ({statistics.KnownArousal - both} rows)"] : (string[])[],
            .. set.ExtraColumns,
            .. set.TextColumns,
        ];
    }

    /// <summary>A line that says so; null when there is nothing to say.</summary>
    public static string? Line(AnnotationSet set) =>
        Of(set) is { Length: > 0 } kept ? $"Kept, but not learned from: {string.Join(", ", kept)}." : null;
}
