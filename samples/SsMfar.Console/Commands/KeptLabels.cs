using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What a file has that training does not learn from: it is read, merged and written, and nothing is lost of it.</summary>
internal static class KeptLabels
{
    /// <summary>What there is of it: the columns by name.</summary>
    public static string[] Of(AnnotationSet set) =>
        [.. set.ExtraColumns.Where(column => column != AnnotationSet.WeightColumn), .. set.TextColumns];

    /// <summary>A line that says of which of valence and arousal a model will know nothing; null where it knows both, or neither.</summary>
    public static string? HalfAffect(AnnotationStatistics statistics) => (statistics.KnownValence, statistics.KnownArousal) switch
    {
        ( > 0, 0) => "No row has an arousal: valence alone is learned, and the arousal that the model predicts means nothing.",
        (0, > 0) => "No row has a valence: arousal alone is learned, and the valence that the model predicts means nothing.",
        _ => null,
    };

    /// <summary>A line that says so; null when there is nothing to say.</summary>
    public static string? Line(AnnotationSet set) =>
        Of(set) is { Length: > 0 } kept ? $"Kept, but not learned from: {string.Join(", ", kept)}." : null;
}
