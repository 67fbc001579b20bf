using SkiaSharp;
using SsMfar.Imaging;

namespace SsMfar.Reports.Pages;

/// <summary>Faces as small pictures within a page.</summary>
internal static class Thumbnail
{
    private const int Side = 144;
    private const int Quality = 85;

    /// <summary>A picture in base 64; empty where there are no images, or this one cannot be read.</summary>
    public static string Of(IImageSource? images, string name)
    {
        if (images is null)
        {
            return "";
        }

        try
        {
            RgbImage image = ImageDecoder.Default.Decode(images, name);
            double scale = Math.Min(1, (double)Side / Math.Max(image.Width, image.Height));
            return Convert.ToBase64String(Jpeg(image.Resize(
                Math.Max(1, (int)Math.Round(scale * image.Width)), Math.Max(1, (int)Math.Round(scale * image.Height)))));
        }
        catch (ImageDecodeException)
        {
            return "";
        }
    }

    private static byte[] Jpeg(RgbImage image)
    {
        using SKBitmap bitmap = image.ToBitmap();
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
