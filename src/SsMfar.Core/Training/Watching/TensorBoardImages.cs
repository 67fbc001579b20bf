using SkiaSharp;
using SsMfar.Imaging;

namespace SsMfar.Training;

/// <summary>Pictures for TensorBoard, such as the faces that a finished model reads worst.</summary>
public static class TensorBoardImages
{
    /// <summary>Adds an event file with pictures to the folder of a run (<see cref="MultiTaskTrainerBuilder.UseTensorBoard"/>).</summary>
    /// <param name="folder">The folder; made when missing.</param>
    /// <param name="step">The step or epoch that they belong to.</param>
    /// <param name="images">A tag and a picture each; what is before a <c>/</c> in a tag is the group that it is shown in.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string folder, long step, IEnumerable<KeyValuePair<string, RgbImage>> images)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(images);
        using EventFile file = new(folder);
        foreach ((string tag, RgbImage image) in images)
        {
            file.Write(step, tag, image.Width, image.Height, Png(image));
        }

        file.Flush();
    }

    private static byte[] Png(RgbImage image)
    {
        using SKBitmap bitmap = image.ToBitmap();
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }
}
