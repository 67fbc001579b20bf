namespace SsMfar.Imaging;

/// <summary>Rows of pixels in memory that someone else owns and keeps in place.</summary>
/// <param name="pixels">The first row's first pixel.</param>
/// <param name="width">Pixels across.</param>
/// <param name="height">Pixels down.</param>
/// <param name="pixelStride">Bytes from pixel to pixel: 3 (R, G, B) or 4 (R, G, B, ignored).</param>
/// <param name="rowStride">Bytes from row to row.</param>
internal readonly unsafe struct PixelBuffer(byte* pixels, int width, int height, int pixelStride, long rowStride)
{
    /// <summary>Rows without anything between them.</summary>
    public PixelBuffer(byte* pixels, int width, int height, int pixelStride)
        : this(pixels, width, height, pixelStride, (long)width * pixelStride)
    {
    }

    public int Width { get; } = width;

    public int Height { get; } = height;

    public int PixelStride { get; } = pixelStride;

    /// <summary>Gets bytes of a row's pixels.</summary>
    public long RowBytes => (long)Width * PixelStride;

    public byte* Row(int row) => pixels + row * rowStride;

    /// <summary>Copies rows to packed pixels of three bytes.</summary>
    public void Pack(int firstRow, int rows, byte* destination)
    {
        if (rowStride == RowBytes)
        {
            ResizeKernels.Pack(Row(firstRow), PixelStride, destination, (long)rows * Width);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            ResizeKernels.Pack(Row(firstRow + row), PixelStride, destination + 3L * row * Width, Width);
        }
    }
}

/// <summary>A part of an image whose edges may lie between pixels; single precision, as Pillow takes it.</summary>
internal readonly record struct ResizeBox(float Left, float Top, float Right, float Bottom)
{
    public static ResizeBox From(FaceBox box) => new(box.X, box.Y, box.X + box.Width, box.Y + box.Height);
}
