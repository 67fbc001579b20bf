using SkiaSharp;

namespace SsMfar.Imaging;

/// <summary>
/// Pixels as they come from the codec, at a fraction of the image's size or in full: R, G, B and an ignored fourth byte, in stored
/// orientation.
/// </summary>
internal readonly unsafe struct DecodedPixels : IDisposable
{
    private const int Stride = 4;

    private readonly PixelMemory _memory;
    private readonly DecodeBudget _budget;
    private readonly long _taken;
    private readonly ImageOrientation _orientation;
    private readonly FaceBox _crop;
    private readonly SKSizeI _full;
    private readonly int _divisor;

    private DecodedPixels(SKSizeI full, int divisor, ImageOrientation orientation, FaceBox crop, DecodeBudget budget, long taken)
    {
        Size = SizeAt(full, divisor);
        _memory = new(Stride * (long)Size.Width * Size.Height);
        (_full, _divisor, _orientation, _crop, _budget, _taken) = (full, divisor, orientation, crop, budget, taken);
    }

    /// <summary>Gets the decoded size.</summary>
    public SKSizeI Size { get; }

    /// <summary>The first of 4 bytes a pixel.</summary>
    public byte* Start => _memory.Start;

    /// <summary>What an image of a size has at a fraction of it: a sample for each begun group of pixels.</summary>
    public static SKSizeI SizeAt(SKSizeI full, int divisor) =>
        new((full.Width + divisor - 1) / divisor, (full.Height + divisor - 1) / divisor);

    /// <summary>Takes memory for an image, once there is room for it.</summary>
    /// <param name="full">The stored size.</param>
    /// <param name="divisor">1, 2, 4 or 8: the fraction to decode at.</param>
    /// <param name="orientation">The stored orientation.</param>
    /// <param name="crop">The part wanted, in pixels of the full upright image.</param>
    /// <param name="budget">Where room is kept until disposal.</param>
    /// <param name="codecBytes">Bytes a full pixel that the codec takes besides.</param>
    public static DecodedPixels Allocate(
        SKSizeI full, int divisor, ImageOrientation orientation, FaceBox crop, DecodeBudget budget, int codecBytes)
    {
        SKSizeI size = SizeAt(full, divisor);
        int bytes = Stride + (orientation.IsUpright ? 0 : 3);
        long taken = (long)size.Width * size.Height * bytes + (long)full.Width * full.Height * codecBytes;
        budget.Take(taken);
        try
        {
            return new(full, divisor, orientation, crop, budget, taken);
        }
        catch
        {
            budget.Release(taken);
            throw;
        }
    }

    public void Dispose()
    {
        _memory.Dispose();
        _budget.Release(_taken);
    }

    /// <summary>The whole upright image, of pixels decoded in full.</summary>
    public RgbImage ToImage()
    {
        (int width, int height) = _orientation.Upright(Size.Width, Size.Height);
        byte[] rgb = new byte[checked(width * height * 3)];
        fixed (byte* target = rgb)
        {
            _orientation.Pack(Buffer(Size), target);
        }

        return new RgbImage(width, height, rgb);
    }

    /// <summary>The part wanted, at another size.</summary>
    public void Resize(byte* destination, int width, int height)
    {
        // Samples that stand for image pixels alone. Where the image's side is no multiple of the divisor the last one is part padding.
        PixelBuffer whole = Buffer(new(_full.Width / _divisor, _full.Height / _divisor));
        ResizeBox box = _orientation.Place(_crop, _full, _divisor);
        if (_orientation.IsUpright)
        {
            ImageResizer.Resize(whole, box, destination, width, height);
            return;
        }

        // Turned before resizing: the filter's rounding is not symmetric, and pixels should equal those of an image stored upright.
        (int uprightWidth, int uprightHeight) = _orientation.Upright(whole.Width, whole.Height);
        using PixelMemory upright = new(3L * uprightWidth * uprightHeight);
        _orientation.Pack(whole, upright.Start);
        ImageResizer.Resize(new PixelBuffer(upright.Start, uprightWidth, uprightHeight, 3), box, destination, width, height);
    }

    private PixelBuffer Buffer(SKSizeI part) => new(_memory.Start, part.Width, part.Height, Stride, (long)Size.Width * Stride);
}
