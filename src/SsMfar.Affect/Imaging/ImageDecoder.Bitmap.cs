using SkiaSharp;

namespace SsMfar.Imaging;

public sealed partial class ImageDecoder
{
    /// <summary>Copies a SkiaSharp bitmap's colours; alpha is dropped, its colour space ignored.</summary>
    /// <param name="bitmap">
    /// A bitmap with pixels. It stays the caller's, who may change or dispose it once this has returned, but not on another thread before.
    /// </param>
    /// <exception cref="ArgumentException">The bitmap is empty or its pixels cannot be converted.</exception>
    /// <exception cref="ObjectDisposedException">The bitmap is disposed.</exception>
    public static unsafe RgbImage FromBitmap(SKBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        if (bitmap.Handle == 0)
        {
            // Every call on it would read freed memory.
            throw new ObjectDisposedException(
                nameof(SKBitmap), "The bitmap is disposed. Dispose it after it was given to the library, not before.");
        }

        (int width, int height, SKColorType type) = (bitmap.Width, bitmap.Height, bitmap.ColorType);
        using SKPixmap? pixels = bitmap.PeekPixels();
        if (pixels is null || width < 1 || height < 1)
        {
            throw new ArgumentException(Unreadable(width, height, type), nameof(bitmap));
        }

        using PixelMemory rgba = new(4L * width * height);
        SKImageInfo info = new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, bitmap.ColorSpace);
        if (!pixels.ReadPixels(info, (nint)rgba.Start, info.RowBytes))
        {
            throw new ArgumentException(Unreadable(width, height, type), nameof(bitmap));
        }

        // The pixmap points into the bitmap, which must not be collected before it was read.
        GC.KeepAlive(bitmap);
        byte[] rgb = new byte[checked(width * height * 3)];
        fixed (byte* target = rgb)
        {
            ResizeKernels.Pack(rgba.Start, 4, target, (long)width * height);
        }

        return new RgbImage(width, height, rgb);
    }

    private static string Unreadable(int width, int height, SKColorType type) =>
        FormattableString.Invariant($"The bitmap ({width}x{height}, {type}) has no pixels that can be read.");
}
