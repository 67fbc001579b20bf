using SkiaSharp;

namespace SsMfar.Video;

/// <summary>Pictures as JPEG.</summary>
internal static class FramePixels
{
    public static byte[] Jpeg(SKBitmap bitmap, int quality)
    {
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality)
            ?? throw new IOException("The picture could not be encoded.");
        return data.ToArray();
    }
}
