using System.Numerics;
using System.Runtime.InteropServices;

namespace SsMfar.Augmentation;

/// <summary>PIL's enhancers that look at one pixel at a time.</summary>
internal static class BlendKernels
{
    public static void Brightness(WorkingImage image, float factor) => BlendWith(image, 0, factor);

    public static void Contrast(WorkingImage image, float factor)
    {
        if (image.Count > 0)
        {
            // As the tensors: a mean in float32, rounded half up.
            BlendWith(image, MathF.Floor(((float)LumaSum(image) / image.Count) + 0.5f), factor);
        }
    }

    public static void Color(WorkingImage image, float factor)
    {
        var factors = new Vector<float>(factor);
        foreach (ref Vector<uint> pixels in MemoryMarshal.Cast<uint, Vector<uint>>(image.Pixels))
        {
            Vector<float> grey = ChannelLanes.ToFloats(ChannelLanes.Luma(pixels));
            pixels = ChannelLanes.Blend(pixels, 0, grey, factors)
                | ChannelLanes.Blend(pixels, 8, grey, factors)
                | ChannelLanes.Blend(pixels, 16, grey, factors);
        }
    }

    private static void BlendWith(WorkingImage image, float degenerate, float factor)
    {
        var factors = new Vector<float>(factor);
        var degenerates = new Vector<float>(degenerate);
        foreach (ref Vector<uint> pixels in MemoryMarshal.Cast<uint, Vector<uint>>(image.Pixels))
        {
            pixels = ChannelLanes.Blend(pixels, 0, degenerates, factors)
                | ChannelLanes.Blend(pixels, 8, degenerates, factors)
                | ChannelLanes.Blend(pixels, 16, degenerates, factors);
        }
    }

    private static long LumaSum(WorkingImage image)
    {
        ReadOnlySpan<uint> pixels = image.Pixels[..image.Count];
        ReadOnlySpan<Vector<uint>> vectors = MemoryMarshal.Cast<uint, Vector<uint>>(pixels);
        Vector<ulong> sums = Vector<ulong>.Zero;
        foreach (Vector<uint> vector in vectors)
        {
            Vector.Widen(ChannelLanes.Luma(vector), out Vector<ulong> lower, out Vector<ulong> upper);
            sums += lower + upper;
        }

        ulong sum = Vector.Sum(sums);
        foreach (uint pixel in pixels[(vectors.Length * Vector<uint>.Count)..])
        {
            sum += ChannelLanes.Luma(pixel);
        }

        return (long)sum;
    }
}
