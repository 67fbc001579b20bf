using SkiaSharp;

namespace SsMfar.Imaging;

/// <summary>An EXIF orientation, 1 (upright) to 8: where the stored image's first row and column belong.</summary>
internal readonly struct ImageOrientation(int value)
{
    public bool IsUpright => value is < 2 or > 8;

    /// <summary>Whether rows become columns.</summary>
    private bool Transposes => value is >= 5 and <= 8;

    // Whether the upright image's left or upper edge is the stored image's right or lower edge.
    private bool StartsAtStoredRight => value is 2 or 3 or 7 or 8;

    private bool StartsAtStoredBottom => value is 3 or 4 or 6 or 7;

    /// <summary>The upright size of an image stored at a size.</summary>
    public (int Width, int Height) Upright(int width, int height) => Transposes ? (height, width) : (width, height);

    /// <summary>Copies stored pixels to packed upright pixels of 3 bytes.</summary>
    public unsafe void Pack(PixelBuffer stored, byte* destination)
    {
        (int width, int height, int stride) = (stored.Width, stored.Height, stored.PixelStride);
        if (IsUpright)
        {
            stored.Pack(0, height, destination);
            return;
        }

        // The stored pixel (x, y) goes to start + x * stepX + y * stepY, counted in upright pixels.
        long last = (long)width * height - 1;
        (long start, long stepX, long stepY) = value switch
        {
            2 => (width - 1L, -1L, (long)width),
            3 => (last, -1L, -width),
            4 => (last - width + 1, 1L, -width),
            5 => (0L, (long)height, 1L),
            6 => (height - 1L, (long)height, -1L),
            7 => (last, -height, -1L),
            _ => (last - height + 1, -height, 1L),
        };
        for (int y = 0; y < height; y++)
        {
            byte* source = stored.Row(y);
            byte* target = destination + 3 * (start + y * stepY);
            for (int x = 0; x < width; x++, source += stride, target += 3 * stepX)
            {
                target[0] = source[0];
                target[1] = source[1];
                target[2] = source[2];
            }
        }
    }

    /// <summary>
    /// Where a part of the full upright image lies among the whole samples of an image decoded at a fraction, turned upright.
    /// </summary>
    /// <param name="box">The part, in pixels of the full upright image.</param>
    /// <param name="full">The full size as stored.</param>
    /// <param name="divisor">A sample stands for divisor x divisor stored pixels.</param>
    public ResizeBox Place(FaceBox box, SKSizeI full, int divisor)
    {
        // Stored pixels behind the last whole sample; they are in front where the upright image starts at the stored image's end.
        int right = StartsAtStoredRight ? full.Width % divisor : 0;
        int bottom = StartsAtStoredBottom ? full.Height % divisor : 0;
        (int left, int top) = Transposes ? (bottom, right) : (right, bottom);
        double scale = 1.0 / divisor;
        return new(
            (float)((box.X - left) * scale),
            (float)((box.Y - top) * scale),
            (float)((box.X - left + (double)box.Width) * scale),
            (float)((box.Y - top + (double)box.Height) * scale));
    }
}
