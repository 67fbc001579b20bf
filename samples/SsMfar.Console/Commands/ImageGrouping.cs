using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The groups of images that are drawn, or divided, as one.</summary>
internal enum ImageGrouping
{
    /// <summary>Each row is a group.</summary>
    Rows,

    /// <summary>The frames of a video.</summary>
    Videos,

    /// <summary>The images of a person.</summary>
    Identities,
}

/// <summary>The functions behind the names.</summary>
internal static class ImageGroupings
{
    public static Func<string, string>? GroupBy(this ImageGrouping grouping) => grouping switch
    {
        ImageGrouping.Videos => ImageGroups.Video,
        ImageGrouping.Identities => ImageGroups.Identity,
        _ => null,
    };

    /// <summary>Refuses images that all fall into one group, of which nothing can be drawn.</summary>
    /// <exception cref="BadInputException">They do.</exception>
    public static void RequireSeveralGroups(this ImageGrouping grouping, AnnotationSet images)
    {
        if (images.Count < 2)
        {
            throw new BadInputException("There is one annotated image, so there is nothing to draw from. Give more.");
        }

        if (grouping.GroupBy() is { } groupBy &&
            images.Select(row => groupBy(row.Image)).Distinct(StringComparer.Ordinal).Take(2).Count() < 2)
        {
            throw new BadInputException($"--group-by {grouping.Word()}: all images are of one group, so there is nothing to draw from. " +
                "Give another grouping, or rows.");
        }
    }

    /// <summary>The name on the command line.</summary>
    public static string Word(this ImageGrouping grouping) => grouping.ToString().ToLowerInvariant();
}
