using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation.Kernels;

/// <summary><see cref="AffineSampler"/>'s weighted pixels, all channels of a pixel at a time, black beyond the edges.</summary>
internal static class BilinearKernel
{
    internal static void Apply(WorkingImage image, AffineMap map)
    {
        if (map == AffineMap.Identity)
        {
            return;
        }

        int width = image.Width, height = image.Height, stride = width + 2;
        ReadOnlySpan<Vector128<float>> source = image.Bordered();
        Span<Vector128<float>> destination = image.SpareValues;
        Span<float> coefficients = stackalloc float[AffineSampler.Coefficients];
        AffineSampler.Write(map, width, height, SamplingFilter.Bilinear, coefficients);
        Span<int> indices = image.IndexRow;
        ReadOnlySpan<float> across = image.WeightRow(0), down = image.WeightRow(1);
        for (int y = 0; y < height; y++)
        {
            Place(new SamplingLine(coefficients, y, width, height), image);
            Span<Vector128<float>> row = destination.Slice(y * width, width);
            for (int x = 0; x < row.Length; x++)
            {
                // Weights and sum as grid_sample has them, so that they round as its do.
                float right = across[x], below = down[x], left = 1 - right, above = 1 - below;
                ReadOnlySpan<Vector128<float>> upper = source.Slice(indices[x], 2), lower = source.Slice(indices[x] + stride, 2);
                Vector128<float> sum = upper[0] * (left * above);
                sum = Vector128.FusedMultiplyAdd(upper[1], Vector128.Create(right * above), sum);
                sum = Vector128.FusedMultiplyAdd(lower[0], Vector128.Create(left * below), sum);
                row[x] = Vector128.FusedMultiplyAdd(lower[1], Vector128.Create(right * below), sum);
            }
        }

        image.SwapValues();
    }

    /// <summary>Indices of the upper left pixels in the bordered picture, and the shares of the right and of the lower ones.</summary>
    private static void Place(SamplingLine line, WorkingImage image)
    {
        Span<Vector<int>> index = MemoryMarshal.Cast<int, Vector<int>>(image.IndexRow);
        Span<Vector<float>> right = MemoryMarshal.Cast<float, Vector<float>>(image.WeightRow(0));
        Span<Vector<float>> below = MemoryMarshal.Cast<float, Vector<float>>(image.WeightRow(1));
        Vector<int> stride = new(image.Width + 2), first = new(image.Width + 3);
        for (int i = 0; i < index.Length; i++)
        {
            Vector<int> column = Split(line.Columns(i * Vector<int>.Count), image.Width, out right[i]);
            Vector<int> row = Split(line.Rows(i * Vector<int>.Count), image.Height, out below[i]);
            index[i] = (row * stride) + column + first;
        }
    }

    /// <summary>
    /// The pixel before a position, -1 in the border, and the share of the next. A position beyond the border is taken as on it: all is black there.
    /// </summary>
    private static Vector<int> Split(Vector<float> position, int size, out Vector<float> share)
    {
        position = Vector.ClampNative(position, new(-1f), new(size));
        Vector<float> pixel = Vector.MinNative(Vector.Floor(position), new(size - 1f));
        share = position - pixel;
        return Vector.ConvertToInt32Native(pixel);
    }
}
