using SkiaSharp;

namespace SsMfar.Imaging;

/// <summary>A decoded image: 8-bit sRGB, packed rows of R, G, B without padding, upright.</summary>
public sealed class RgbImage
{
    private readonly byte[] _pixels;

    /// <summary>Wraps pixels.</summary>
    /// <param name="width">Pixels across, at least 1.</param>
    /// <param name="height">Pixels down, at least 1.</param>
    /// <param name="pixels">height x width x 3 values in 0..255. The array is kept, not copied.</param>
    /// <exception cref="ArgumentException">The array's length is not width x height x 3.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != 3L * width * height)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"An image of {width}x{height} pixels has {3L * width * height} bytes, not {pixels.LongLength}."), nameof(pixels));
        }

        (Width, Height, _pixels) = (width, height, pixels);
    }

    /// <summary>Gets the width in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets height x width x 3 values, rows from the top, each pixel R, G, B.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>A resized copy, with the filter of <see cref="ImagePreprocessing.ResizeFilter"/>.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    public RgbImage Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        byte[] resized = new byte[checked(width * height * 3)];
        ImageResizer.Resize(_pixels, Width, Height, resized, width, height);
        return new RgbImage(width, height, resized);
    }

    /// <summary>A resized copy of a part, with the filter of <see cref="ImagePreprocessing.ResizeFilter"/>.</summary>
    /// <param name="part">The part; what reaches over the image's edge is cut off.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <exception cref="ArgumentException">Nothing of the part lies inside of the image.</exception>
    public RgbImage Resize(FaceBox part, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        byte[] resized = new byte[checked(width * height * 3)];
        ImageResizer.Resize(_pixels, Width, Height, part, resized, width, height);
        return new RgbImage(width, height, resized);
    }

    /// <summary>Resizes a part into memory of the caller's, with the filter of <see cref="ImagePreprocessing.ResizeFilter"/>.</summary>
    /// <param name="part">The part; what reaches over the image's edge is cut off.</param>
    /// <param name="destination">Receives height x width x 3 values.</param>
    /// <param name="width">Pixels across, at least 1.</param>
    /// <param name="height">Pixels down, at least 1.</param>
    /// <exception cref="ArgumentException">
    /// Nothing of the part lies inside of the image, or the destination has another length.
    /// </exception>
    public void Resize(FaceBox part, Span<byte> destination, int width, int height) =>
        ImageResizer.Resize(_pixels, Width, Height, part, destination, width, height);

    /// <summary>A copy as a SkiaSharp bitmap, to draw on or to encode. The caller disposes it.</summary>
    /// <returns>An opaque bitmap of the type <see cref="SKColorType.Rgba8888"/>, without a colour space.</returns>
    public unsafe SKBitmap ToBitmap()
    {
        SKBitmap bitmap = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte* start = (byte*)bitmap.GetPixels();
        for (int y = 0, from = 0; y < Height; y++)
        {
            byte* target = start + ((long)y * bitmap.RowBytes);
            for (int x = 0; x < Width; x++, from += 3, target += 4)
            {
                (target[0], target[1], target[2], target[3]) = (_pixels[from], _pixels[from + 1], _pixels[from + 2], byte.MaxValue);
            }
        }

        return bitmap;
    }
}
