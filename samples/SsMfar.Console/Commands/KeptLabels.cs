using SsMfar.Data;
using SsMfar.Metadata;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What a file has that training does not learn from: it is read, merged and written, and nothing is lost of it.</summary>
internal static class KeptLabels
{
    /// <summary>What there is of it: the columns by name.</summary>
    /// <param name="set">The labels.</param>
    /// <param name="tasks">The tasks that are asked for; null for the usual ones, which intensities are none of.</param>
    public static string[] Of(AnnotationSet set, IReadOnlyCollection<string>? tasks = null)
    {
        string[] learned = tasks?.Contains(AffectTaskNames.ActionUnitIntensity) == true ? Intensities(set) : [];
        return
        [
            .. set.ExtraColumns.Where(column => column != AnnotationSet.WeightColumn && !learned.Contains(column)), .. set.TextColumns,
        ];
    }

    /// <summary>A line that says of which of valence and arousal a model will know nothing; null where it knows both, or neither.</summary>
    public static string? HalfAffect(AnnotationStatistics statistics) => (statistics.KnownValence, statistics.KnownArousal) switch
    {
        ( > 0, 0) => "No row has an arousal: valence alone is learned, and the arousal that the model predicts means nothing.",
        (0, > 0) => "No row has a valence: arousal alone is learned, and the valence that the model predicts means nothing.",
        _ => null,
    };

    /// <summary>A line that says so, and how intensities are learned; null when there is nothing to say.</summary>
    /// <param name="set">The labels.</param>
    /// <param name="tasks">The tasks that are asked for; null for the usual ones, which intensities are none of.</param>
    public static string? Line(AnnotationSet set, IReadOnlyCollection<string>? tasks = null)
    {
        if (Of(set, tasks) is not { Length: > 0 } kept)
        {
            return null;
        }

        string intensities = kept.Intersect(Intensities(set)).Any()
            ? $" Intensities are learned where train --tasks names {AffectTaskNames.ActionUnitIntensity}." : "";
        return $"Kept, but not learned from: {string.Join(", ", kept)}.{intensities}";
    }

    private static string[] Intensities(AnnotationSet set) => [.. set.IntensityUnits?.Units.Select(AnnotationSet.IntensityColumn) ?? []];
}
