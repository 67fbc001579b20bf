using System.Globalization;
using SsMfar.Imaging;

namespace SsMfar.Postprocessing;

/// <summary>The place of an image in a video, read from its name.</summary>
/// <param name="Track">
/// What the images of one tracked face share: the name without the digits at its end and the extension, such as <c>video45_left/</c>. The
/// tracks <c>_left</c> and <c>_right</c> of one video of s-Aff-Wild2 are two.
/// </param>
/// <param name="Number">The number of the frame in the video.</param>
internal readonly record struct VideoFrame(string Track, long Number)
{
    private const int MostDigits = 18;

    /// <summary>Reads an image name such as <c>video45_left/00001.jpg</c>.</summary>
    /// <param name="image">The name.</param>
    /// <returns>The frame; null where the file's name does not end in a number of at most 18 digits.</returns>
    public static VideoFrame? Of(string image)
    {
        ArgumentNullException.ThrowIfNull(image);
        image = ImageName.Normalize(image);
        int file = image.LastIndexOf('/') + 1;
        int end = image.LastIndexOf('.') is int dot && dot >= file ? dot : image.Length;
        int start = end;
        while (start > file && char.IsAsciiDigit(image[start - 1]))
        {
            start--;
        }

        return end - start is > 0 and <= MostDigits
            ? new(image[..start], long.Parse(image.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture))
            : null;
    }
}
