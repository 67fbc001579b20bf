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

    /// <summary>The name on the command line.</summary>
    public static string Word(this ImageGrouping grouping) => grouping.ToString().ToLowerInvariant();
}
