using System.Runtime.InteropServices;
using SkiaSharp;
using SsMfar.Imaging;

namespace SsMfar.Video;

/// <summary>Decoded pixels as a bitmap to draw on, and as JPEG.</summary>
internal static class FramePixels
{
    public static SKBitmap ToBitmap(RgbImage image)
    {
        SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte[] row = new byte[4 * image.Width];
        Array.Fill(row, byte.MaxValue);
        ReadOnlySpan<byte> source = image.Pixels;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0, from = 3 * y * image.Width, to = 0; x < image.Width; x++, from += 3, to += 4)
            {
                (row[to], row[to + 1], row[to + 2]) = (source[from], source[from + 1], source[from + 2]);
            }

            Marshal.Copy(row, 0, bitmap.GetPixels() + (y * bitmap.RowBytes), row.Length);
        }

        return bitmap;
    }

    public static byte[] Jpeg(SKBitmap bitmap, int quality)
    {
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality)
            ?? throw new IOException("The picture could not be encoded.");
        return data.ToArray();
    }
}
