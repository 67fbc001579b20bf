using System.Numerics;
using System.Runtime.InteropServices;

namespace SsMfar.Augmentation;

/// <summary><see cref="AffineSampler"/>'s nearest pixels: the same coordinates, rounded alike, black beyond the edges.</summary>
internal static class MoveKernel
{
    public static void Apply(WorkingImage image, AffineMap map)
    {
        if (map == AffineMap.Identity)
        {
            return;
        }

        if (image.HasFractions)
        {
            Move(image, map, image.Values, image.SpareValues);
            image.SwapValues();
        }
        else
        {
            Move(image, map, image.Pixels, image.SparePixels);
            image.SwapPixels();
        }
    }

    private static void Move<T>(WorkingImage image, AffineMap map, Span<T> source, Span<T> destination)
        where T : struct
    {
        if (IsShift(map))
        {
            Shift(image, (int)map.X0, (int)map.Y0, map.XX < 0, source, destination);
        }
        else
        {
            Sample(image, map, source, destination);
        }
    }

    // Bounded, so that no sum of coordinates overflows.
    private static bool IsShift(AffineMap map) =>
        map is { XX: 1 or -1, XY: 0, YX: 0, YY: 1 } && IsWhole(map.X0) && IsWhole(map.Y0);

    private static bool IsWhole(double offset) => Math.Abs(offset) < 1 << 24 && offset == Math.Floor(offset);

    /// <summary>By whole pixels, mirrored or not: row for row.</summary>
    private static void Shift<T>(WorkingImage image, int x0, int y0, bool mirrored, ReadOnlySpan<T> source, Span<T> destination)
    {
        int width = image.Width, height = image.Height;

        // Output pixel x reads x + x0, or x0 - 1 - x where mirrored: the columns that are read, and where they go.
        int first = mirrored ? Math.Max(0, x0 - width) : Math.Max(0, x0);
        int end = mirrored ? Math.Min(width, x0) : Math.Min(width, width + x0);
        int length = Math.Max(0, end - first);
        int start = mirrored ? x0 - end : first - x0;
        for (int y = 0; y < height; y++)
        {
            Span<T> to = destination.Slice(y * width, width);
            if (length == 0 || (uint)(y + y0) >= (uint)height)
            {
                to.Clear();
                continue;
            }

            to[..start].Clear();
            to[(start + length)..].Clear();
            to = to.Slice(start, length);
            source.Slice(((y + y0) * width) + first, length).CopyTo(to);
            if (mirrored)
            {
                to.Reverse();
            }
        }
    }

    /// <summary>Rows of indices by vectors, then the pixels; whatever lies outside reads a black pixel behind the last one.</summary>
    private static void Sample<T>(WorkingImage image, AffineMap map, Span<T> source, Span<T> destination)
        where T : struct
    {
        int width = image.Width, height = image.Height, black = image.Count;
        source[black] = default;
        Span<float> coefficients = stackalloc float[AffineSampler.Coefficients];
        AffineSampler.Write(map, width, height, SamplingFilter.Nearest, coefficients);
        Span<int> indices = image.IndexRow;
        for (int y = 0; y < height; y++)
        {
            var line = new SamplingLine(coefficients, y, width, height);
            Nearest(line, width, height, black, MemoryMarshal.Cast<int, Vector<int>>(indices));
            Span<T> row = destination.Slice(y * width, width);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = source[indices[x]];
            }
        }
    }

    private static void Nearest(SamplingLine line, int width, int height, int outside, Span<Vector<int>> indices)
    {
        var widths = new Vector<int>(width);
        for (int i = 0; i < indices.Length; i++)
        {
            // Ties to even, as grid_sample; as unsigned numbers, what is left of the picture or above it is also too large.
            Vector<int> column = Vector.ConvertToInt32Native(Vector.Round(line.Columns(i * Vector<int>.Count)));
            Vector<int> row = Vector.ConvertToInt32Native(Vector.Round(line.Rows(i * Vector<int>.Count)));
            Vector<uint> inside = Vector.LessThan(Vector.AsVectorUInt32(column), new((uint)width))
                & Vector.LessThan(Vector.AsVectorUInt32(row), new((uint)height));
            indices[i] = Vector.ConditionalSelect(Vector.AsVectorInt32(inside), (row * widths) + column, new(outside));
        }
    }
}
