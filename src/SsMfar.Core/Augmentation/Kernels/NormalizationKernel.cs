using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary>The last step: value x scale + shift, rounded once as libtorch's addcmul does, three floats a pixel.</summary>
internal static class NormalizationKernel
{
    private const int Channels = 3;
    private const int Levels = 256;

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

    /// <summary>What each byte becomes: of the output's first channel, then of the second and the third.</summary>
    /// <param name="scaleAndShift">Three factors, then three offsets, in the order of the output's channels.</param>
    /// <returns>3 x 256 values.</returns>
    public static float[] Table(ReadOnlySpan<float> scaleAndShift)
    {
        float[] table = new float[Channels * Levels];
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int level = 0; level < Levels; level++)
            {
                table[(channel * Levels) + level] = MathF.FusedMultiplyAdd(
                    level, scaleAndShift[channel], scaleAndShift[Channels + channel]);
            }
        }

        return table;
    }

    /// <summary>Writes network input of whole pixels.</summary>
    /// <param name="rgb">Three bytes a pixel.</param>
    /// <param name="table">From <see cref="Table"/>.</param>
    /// <param name="reversed">Whether the output's channels are blue, green, red.</param>
    /// <param name="destination">As many values.</param>
    public static void Write(ReadOnlySpan<byte> rgb, ReadOnlySpan<float> table, bool reversed, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, rgb.Length);
        ReadOnlySpan<float> first = table[..Levels], second = table.Slice(Levels, Levels), third = table.Slice(2 * Levels, Levels);
        (int begin, int end) = reversed ? (2, 0) : (0, 2);
        for (; rgb.Length >= Channels; rgb = rgb[Channels..], destination = destination[Channels..])
        {
            destination[0] = first[rgb[begin]];
            destination[1] = second[rgb[1]];
            destination[2] = third[rgb[end]];
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
