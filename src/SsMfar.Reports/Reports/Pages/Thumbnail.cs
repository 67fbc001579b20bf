using System.Runtime.InteropServices;
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
        using SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte[] row = new byte[4 * image.Width];
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> source = image.Pixels.Slice(3 * y * image.Width, 3 * image.Width);
            for (int x = 0; x < image.Width; x++)
            {
                source.Slice(3 * x, 3).CopyTo(row.AsSpan(4 * x));
                row[(4 * x) + 3] = byte.MaxValue;
            }

            Marshal.Copy(row, 0, bitmap.GetPixels() + (y * bitmap.RowBytes), row.Length);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
