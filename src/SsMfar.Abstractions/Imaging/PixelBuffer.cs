namespace SsMfar.Imaging;

/// <summary>Rows of pixels without padding between them, in memory that someone else owns and keeps in place.</summary>
/// <param name="pixels">The first row's first pixel.</param>
/// <param name="width">Pixels across.</param>
/// <param name="height">Pixels down.</param>
/// <param name="pixelStride">Bytes from pixel to pixel: 3 (R, G, B) or 4 (R, G, B, ignored).</param>
internal readonly unsafe struct PixelBuffer(byte* pixels, int width, int height, int pixelStride)
{
    public byte* Pixels { get; } = pixels;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public int PixelStride { get; } = pixelStride;
}

/// <summary>A part of an image whose edges may lie between pixels; single precision, as Pillow takes it.</summary>
internal readonly record struct ResizeBox(float Left, float Top, float Right, float Bottom)
{
    public static ResizeBox From(FaceBox box) => new(box.X, box.Y, box.X + box.Width, box.Y + box.Height);

    /// <summary>The same part of an image that was decoded at another size.</summary>
    public static ResizeBox From(FaceBox box, double scaleX, double scaleY) => new(
        (float)(box.X * scaleX),
        (float)(box.Y * scaleY),
        (float)((box.X + box.Width) * scaleX),
        (float)((box.Y + box.Height) * scaleY));
}
