using System.Numerics;
using System.Runtime.InteropServices;

namespace SsMfar.Augmentation;

/// <summary>Operations whose table of 256 values follows from the picture, each channel by its own.</summary>
internal static class TableKernels
{
    private const int Levels = 256;
    private const int Channels = 3;
    private const int BytesPerPixel = 4;

    /// <summary>Stretches each channel so that its least value becomes 0 and its greatest 255; a constant channel stays.</summary>
    public static void AutoContrast(WorkingImage image)
    {
        Span<byte> lowest = stackalloc byte[BytesPerPixel], highest = stackalloc byte[BytesPerPixel];
        Extremes(image.Pixels[..image.Count], lowest, highest);
        Span<uint> tables = stackalloc uint[Channels * Levels];
        for (int channel = 0; channel < Channels; channel++)
        {
            double low = lowest[channel], high = highest[channel];

            // float64, and offset added last, as PIL computes its table: the floor then falls alike.
            double scale = high > low ? 255 / (high - low) : 1, offset = high > low ? -low * scale : 0;
            for (int level = 0; level < Levels; level++)
            {
                tables[(channel * Levels) + level] = (uint)Math.Clamp((level * scale) + offset, 0, 255) << (8 * channel);
            }
        }

        LookUp(image, tables);
    }

    /// <summary>Flattens each channel's histogram; the rule stands beside <see cref="ImageOperations.Equalize"/>.</summary>
    public static void Equalize(WorkingImage image)
    {
        Span<int> histograms = stackalloc int[Channels * Levels];
        histograms.Clear();
        Span<int> reds = histograms[..Levels], greens = histograms.Slice(Levels, Levels), blues = histograms[(2 * Levels)..];
        foreach (uint pixel in image.Pixels[..image.Count])
        {
            reds[(byte)pixel]++;
            greens[(byte)(pixel >> 8)]++;
            blues[(byte)(pixel >> 16)]++;
        }

        Span<uint> tables = stackalloc uint[Channels * Levels];
        for (int channel = 0; channel < Channels; channel++)
        {
            ReadOnlySpan<int> histogram = histograms.Slice(channel * Levels, Levels);
            int greatest = histogram.LastIndexOfAnyExcept(0);
            int step = greatest < 0 ? 0 : (image.Count - histogram[greatest]) / 255;
            int below = step / 2;
            for (int level = 0; level < Levels; level++)
            {
                int value = step == 0 ? level : Math.Min(255, below / step);
                tables[(channel * Levels) + level] = (uint)value << (8 * channel);
                below += histogram[level];
            }
        }

        LookUp(image, tables);
    }

    private static void LookUp(WorkingImage image, ReadOnlySpan<uint> tables)
    {
        ReadOnlySpan<uint> reds = tables[..Levels], greens = tables.Slice(Levels, Levels), blues = tables.Slice(2 * Levels, Levels);
        foreach (ref uint pixel in image.Pixels[..image.Count])
        {
            pixel = reds[(byte)pixel] | greens[(byte)(pixel >> 8)] | blues[(byte)(pixel >> 16)];
        }
    }

    private static void Extremes(ReadOnlySpan<uint> pixels, Span<byte> lowest, Span<byte> highest)
    {
        ReadOnlySpan<Vector<byte>> vectors = MemoryMarshal.Cast<uint, Vector<byte>>(pixels);
        Vector<byte> low = Vector<byte>.AllBitsSet, high = Vector<byte>.Zero;
        foreach (Vector<byte> vector in vectors)
        {
            low = Vector.Min(low, vector);
            high = Vector.Max(high, vector);
        }

        lowest.Fill(byte.MaxValue);
        highest.Clear();
        for (int i = 0; i < Vector<byte>.Count; i++)
        {
            lowest[i % BytesPerPixel] = Math.Min(lowest[i % BytesPerPixel], low[i]);
            highest[i % BytesPerPixel] = Math.Max(highest[i % BytesPerPixel], high[i]);
        }

        ReadOnlySpan<byte> rest = MemoryMarshal.AsBytes(pixels)[(vectors.Length * Vector<byte>.Count)..];
        for (int i = 0; i < rest.Length; i++)
        {
            lowest[i % BytesPerPixel] = Math.Min(lowest[i % BytesPerPixel], rest[i]);
            highest[i % BytesPerPixel] = Math.Max(highest[i % BytesPerPixel], rest[i]);
        }
    }
}
