using System.Buffers;

namespace SsMfar.Imaging;

/// <summary>Pixels as they come from the codec, in a rented array: R, G, B and an ignored fourth byte, in stored orientation.</summary>
internal readonly struct DecodedPixels(byte[] rgba, int width, int height, ImageOrientation orientation, ResizeBox box) : IDisposable
{
    public void Dispose() => ArrayPool<byte>.Shared.Return(rgba);

    /// <summary>The whole upright image.</summary>
    public unsafe RgbImage ToImage()
    {
        (int uprightWidth, int uprightHeight) = orientation.Upright(width, height);
        byte[] rgb = new byte[checked(uprightWidth * uprightHeight * 3)];
        fixed (byte* source = rgba, target = rgb)
        {
            orientation.Pack(source, width, height, target);
        }

        return new RgbImage(uprightWidth, uprightHeight, rgb);
    }

    /// <summary>The box of the upright image at another size.</summary>
    public unsafe void Resize(byte* destination, int wantedWidth, int wantedHeight)
    {
        fixed (byte* source = rgba)
        {
            if (orientation.IsUpright)
            {
                ImageResizer.Resize(new PixelBuffer(source, width, height, 4), box, destination, wantedWidth, wantedHeight);
                return;
            }

            // Turned before resizing: the filter's rounding is not symmetric, and pixels should equal those of an image stored upright.
            (int uprightWidth, int uprightHeight) = orientation.Upright(width, height);
            byte[] upright = ArrayPool<byte>.Shared.Rent(checked(uprightWidth * uprightHeight * 3));
            fixed (byte* turned = upright)
            {
                orientation.Pack(source, width, height, turned);
                ImageResizer.Resize(new PixelBuffer(turned, uprightWidth, uprightHeight, 3), box, destination, wantedWidth, wantedHeight);
            }

            ArrayPool<byte>.Shared.Return(upright);
        }
    }
}
