using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary>The last step: value x scale + shift, rounded once as libtorch's addcmul does, three floats a pixel.</summary>
internal static class NormalizationKernel
{
    private const int Channels = 3;

    /// <summary>Writes network input.</summary>
    /// <param name="image">The picture; not changed.</param>
    /// <param name="scaleAndShift">Three factors, then three offsets, in the order of the output's channels.</param>
    /// <param name="reversed">Whether the output's channels are blue, green, red.</param>
    /// <param name="destination">height x width x 3.</param>
    public static void Write(WorkingImage image, ReadOnlySpan<float> scaleAndShift, bool reversed, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, image.Count * Channels);
        if (image.Count == 0)
        {
            return;
        }

        Vector128<float> scale = Vector128.Create(scaleAndShift[0], scaleAndShift[1], scaleAndShift[2], 0);
        Vector128<float> shift = Vector128.Create(scaleAndShift[3], scaleAndShift[4], scaleAndShift[5], 0);
        if (image.HasFractions)
        {
            Write(image.Values[..image.Count], scale, shift, reversed, destination);
        }
        else
        {
            Write(image.Pixels[..image.Count], scale, shift, reversed, destination);
        }
    }

    private static void Write(
        ReadOnlySpan<uint> pixels, Vector128<float> scale, Vector128<float> shift, bool reversed, Span<float> destination)
    {
        // Four floats a pixel: the fourth is the next pixel's first, which comes after. So the last pixel is apart.
        int last = pixels.Length - 1;
        for (int i = 0; i < last; i++)
        {
            Normalized(PixelFormats.ToFloats(pixels[i]), scale, shift, reversed).CopyTo(
                destination.Slice(i * Channels, Vector128<float>.Count));
        }

        WriteLast(Normalized(PixelFormats.ToFloats(pixels[last]), scale, shift, reversed), destination);
    }

    private static void Write(
        ReadOnlySpan<Vector128<float>> values, Vector128<float> scale, Vector128<float> shift, bool reversed, Span<float> destination)
    {
        int last = values.Length - 1;
        for (int i = 0; i < last; i++)
        {
            Normalized(values[i], scale, shift, reversed).CopyTo(destination.Slice(i * Channels, Vector128<float>.Count));
        }

        WriteLast(Normalized(values[last], scale, shift, reversed), destination);
    }

    private static Vector128<float> Normalized(Vector128<float> value, Vector128<float> scale, Vector128<float> shift, bool reversed) =>
        Vector128.FusedMultiplyAdd(reversed ? Vector128.Shuffle(value, Vector128.Create(2, 1, 0, 3)) : value, scale, shift);

    private static void WriteLast(Vector128<float> value, Span<float> destination)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            destination[destination.Length - Channels + channel] = value[channel];
        }
    }
}
