namespace SsMfar.Imaging;

/// <summary>An EXIF orientation, 1 (upright) to 8: where the stored image's first row and column belong.</summary>
internal readonly struct ImageOrientation(int value)
{
    public bool IsUpright => value is < 2 or > 8;

    /// <summary>Whether rows become columns.</summary>
    private bool Transposes => value is >= 5 and <= 8;

    /// <summary>The upright size of an image stored at a size.</summary>
    public (int Width, int Height) Upright(int width, int height) => Transposes ? (height, width) : (width, height);

    /// <summary>Copies stored pixels of 4 bytes to upright pixels of 3.</summary>
    public unsafe void Pack(byte* source, int width, int height, byte* destination)
    {
        if (IsUpright)
        {
            ResizeKernels.Pack(source, 4, destination, (long)width * height);
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
            byte* target = destination + 3 * (start + y * stepY);
            for (int x = 0; x < width; x++, source += 4, target += 3 * stepX)
            {
                target[0] = source[0];
                target[1] = source[1];
                target[2] = source[2];
            }
        }
    }
}
