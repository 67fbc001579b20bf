using System.Numerics;

namespace SsMfar.Augmentation;

/// <summary>Vectors of pixels, four bytes each, and of one channel's values.</summary>
internal static class ChannelLanes
{
    /// <summary>A channel's values, 0 to 255; the channel is given by its lowest bit.</summary>
    public static Vector<uint> Channel(Vector<uint> pixels, int bit) => (pixels >> bit) & new Vector<uint>(0xFF);

    public static Vector<float> ToFloats(Vector<uint> values) => Vector.ConvertToSingle(Vector.AsVectorInt32(values));

    /// <summary>PIL's luma in 16-bit fixed point, 0 to 255.</summary>
    public static Vector<uint> Luma(Vector<uint> pixels) =>
        ((Channel(pixels, 0) * 19595) + (Channel(pixels, 8) * 38470) + (Channel(pixels, 16) * 7471) + new Vector<uint>(32768)) >> 16;

    /// <inheritdoc cref="Luma(Vector{uint})"/>
    public static uint Luma(uint pixel) =>
        (((pixel & 0xFF) * 19595) + (((pixel >> 8) & 0xFF) * 38470) + (((pixel >> 16) & 0xFF) * 7471) + 32768) >> 16;

    /// <summary>
    /// <c>Image.blend</c> of a channel, in its place: degenerate + factor (value - degenerate), clipped, its fraction dropped. Rounded
    /// once, as libtorch's addcmul.
    /// </summary>
    public static Vector<uint> Blend(Vector<uint> pixels, int bit, Vector<float> degenerate, Vector<float> factor)
    {
        Vector<float> difference = ToFloats(Channel(pixels, bit)) - degenerate;
        Vector<float> blended = Vector.FusedMultiplyAdd(difference, factor, degenerate);
        blended = Vector.ClampNative(blended, Vector<float>.Zero, new(255f));
        return Vector.AsVectorUInt32(Vector.ConvertToInt32Native(blended)) << bit;
    }
}
