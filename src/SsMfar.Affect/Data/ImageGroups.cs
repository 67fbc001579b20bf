using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>
/// Ways to group images that show the same scene or person, for <see cref="AnnotationSet.Split"/>: rows of one group never part.
/// </summary>
public static class ImageGroups
{
    /// <summary>
    /// The video of a frame: the folder of the image, without a trailing <c>_left</c> or <c>_right</c>, so that the two faces tracked in
    /// one video of s-Aff-Wild2 stay together.
    /// </summary>
    /// <param name="image">An image name such as <c>video45_left/00001.jpg</c>.</param>
    /// <returns>The group, such as <c>video45</c>; empty for an image without a folder.</returns>
    public static string Video(string image)
    {
        ArgumentNullException.ThrowIfNull(image);
        image = ImageName.Normalize(image);
        ReadOnlySpan<char> folder = image.AsSpan(0, FileNameStart(image) is > 0 and int start ? start - 1 : 0);
        foreach (string side in (ReadOnlySpan<string>)["_left", "_right"])
        {
            if (folder.EndsWith(side, StringComparison.OrdinalIgnoreCase))
            {
                return folder[..^side.Length].ToString();
            }
        }

        return folder.ToString();
    }

    /// <summary>
    /// The person of an image named after one: the path up to the last underscore of the file name, such as <c>faces/Ada_Lovelace</c> of
    /// <c>faces/Ada_Lovelace_0003.jpg</c>; without an underscore, the path without its extension.
    /// </summary>
    /// <param name="image">An image name.</param>
    public static string Identity(string image)
    {
        ArgumentNullException.ThrowIfNull(image);
        image = ImageName.Normalize(image);
        int start = FileNameStart(image);
        int end = image.LastIndexOf('_');
        if (end < start)
        {
            end = image.LastIndexOf('.');
        }

        return end < start ? image : image[..end];
    }

    private static int FileNameStart(string image) => image.LastIndexOf('/') + 1;
}
