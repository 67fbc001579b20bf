using SsMfar.Data;
using SsMfar.Imaging;

namespace ExtendingSsMfar;

/// <summary>A column of one's own: how bright each face is, measured from its picture, and missing for every fifth one.</summary>
internal static class BrightnessColumn
{
    public const string Name = "brightness";

    /// <summary>The same rows with one more column.</summary>
    public static AnnotationSet AddTo(AnnotationSet annotations, string imageRoot)
    {
        using IImageSource images = ImageSource.Open(imageRoot);
        return new(
            annotations.Select((row, i) => row with { Extra = new[] { i % 5 == 4 ? float.NaN : Measure(images, row.Image) } }),
            annotations.ExpressionClasses,
            [Name]);
    }

    /// <summary>The mean of the middle half of a picture, from -1 (black) to 1 (white).</summary>
    public static float Measure(IImageSource images, string name)
    {
        RgbImage image = ImageDecoder.Default.Decode(images, name);
        long sum = 0;
        for (int y = image.Height / 4; y < image.Height * 3 / 4; y++)
        {
            foreach (byte value in image.Pixels.Slice(((y * image.Width) + (image.Width / 4)) * 3, image.Width / 2 * 3))
            {
                sum += value;
            }
        }

        return (sum / (image.Height / 2f * (image.Width / 2) * 3) / 127.5f) - 1;
    }
}
