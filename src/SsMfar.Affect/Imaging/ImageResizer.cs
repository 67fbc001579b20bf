using System.Buffers;

namespace SsMfar.Imaging;

/// <summary>
/// The one resize filter: bilinear (triangle), widened when shrinking so that nothing aliases. Equal bit for bit to Pillow's
/// <c>Image.resize((width, height), BILINEAR, box)</c> on 8-bit RGB: two passes, across then down, rounded to 8 bits after each, with
/// coefficients of 22 fractional bits.
/// </summary>
internal static class ImageResizer
{
    /// <summary>The filter's name in model metadata.</summary>
    public const string FilterName = "bilinear-antialiased";

    /// <summary>Resizes a whole image.</summary>
    /// <param name="source">sourceHeight x sourceWidth x 3 values.</param>
    /// <param name="sourceWidth">Pixels across.</param>
    /// <param name="sourceHeight">Pixels down.</param>
    /// <param name="destination">Receives height x width x 3 values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <exception cref="ArgumentException">A size is under 1 or a span has another length than its size asks for.</exception>
    public static void Resize(
        ReadOnlySpan<byte> source,
        int sourceWidth,
        int sourceHeight,
        Span<byte> destination,
        int width,
        int height) =>
        Resize(source, sourceWidth, sourceHeight, new FaceBox(0, 0, sourceWidth, sourceHeight), destination, width, height);

    /// <summary>
    /// Resizes a part of an image. Pixels just outside the part contribute to its border, as with Pillow's <c>box</c> argument.
    /// </summary>
    /// <param name="source">sourceHeight x sourceWidth x 3 values.</param>
    /// <param name="sourceWidth">Pixels across.</param>
    /// <param name="sourceHeight">Pixels down.</param>
    /// <param name="box">The part; what reaches outside the image is cut off.</param>
    /// <param name="destination">Receives height x width x 3 values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <exception cref="ArgumentException">
    /// A size is under 1, a span has another length than its size asks for, or the box lies outside.
    /// </exception>
    public static unsafe void Resize(
        ReadOnlySpan<byte> source, int sourceWidth, int sourceHeight, FaceBox box, Span<byte> destination, int width, int height)
    {
        CheckSize(sourceWidth, sourceHeight, source.Length, nameof(source));
        CheckSize(width, height, destination.Length, nameof(destination));
        FaceBox inside = box.ClampTo(sourceWidth, sourceHeight);
        fixed (byte* from = source, to = destination)
        {
            Resize(new PixelBuffer(from, sourceWidth, sourceHeight, 3), ResizeBox.From(inside), to, width, height);
        }
    }

    /// <summary>Resizes a part of a buffer of 3 or 4 bytes a pixel (the fourth is ignored) into packed pixels of 3.</summary>
    internal static unsafe void Resize(PixelBuffer source, ResizeBox box, byte* destination, int width, int height)
    {
        bool across = width != source.Width || box.Left != 0 || box.Right != width;
        bool down = height != source.Height || box.Top != 0 || box.Bottom != height;
        if (!across && !down)
        {
            source.Pack(0, height, destination);
            return;
        }

        using ResizeAxis vertical = new(source.Height, box.Top, box.Bottom, height);
        int firstRow = down ? vertical.First(0) : 0;
        int rows = (down ? vertical.First(height - 1) + vertical.Count(height - 1) : source.Height) - firstRow;

        // Four spare bytes: pixels of three bytes are read and written four bytes at a time.
        byte[] between = ArrayPool<byte>.Shared.Rent(checked(rows * width * 3 + 4));
        byte[] lastRow = ArrayPool<byte>.Shared.Rent(checked(source.Width * source.PixelStride + 4));
        try
        {
            fixed (byte* middle = between, spare = lastRow)
            {
                if (across)
                {
                    using ResizeAxis horizontal = new(source.Width, box.Left, box.Right, width);
                    for (int row = 0; row < rows; row++)
                    {
                        byte* line = source.Row(firstRow + row);
                        if (firstRow + row == source.Height - 1)
                        {
                            Buffer.MemoryCopy(line, spare, lastRow.Length, source.RowBytes);
                            line = spare;
                        }

                        ResizeKernels.Across(line, source.PixelStride, middle + (long)row * width * 3, horizontal);
                    }
                }
                else
                {
                    source.Pack(firstRow, rows, middle);
                }

                if (down)
                {
                    ResizeKernels.Down(middle, firstRow, width * 3, destination, vertical);
                }
                else
                {
                    Buffer.MemoryCopy(middle, destination, 3L * width * height, 3L * width * height);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(between);
            ArrayPool<byte>.Shared.Return(lastRow);
        }
    }

    private static void CheckSize(int width, int height, int length, string parameter)
    {
        if (width < 1 || height < 1 || length != 3L * width * height)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"An image of {width}x{height} pixels must be at least 1x1 and has 3 bytes a pixel; the span has {length} bytes."),
                parameter);
        }
    }
}
