using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary><see cref="AffineSampler"/>'s weighted pixels, all channels of a pixel at a time, black beyond the edges.</summary>
internal static class BilinearKernel
{
    public static void Apply(WorkingImage image, AffineMap map)
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
        for (int y = 0; y < height; y++)
        {
            Place(new SamplingLine(coefficients, y, width, height), image);
            WriteRow(source, stride, image, destination.Slice(y * width, width));
        }

        image.SwapValues();
    }

    private static void WriteRow(ReadOnlySpan<Vector128<float>> source, int stride, WorkingImage image, Span<Vector128<float>> row)
    {
        ReadOnlySpan<int> indices = image.IndexRow[..row.Length];
        ReadOnlySpan<float> upperLeft = image.WeightRow(0)[..row.Length], upperRight = image.WeightRow(1)[..row.Length];
        ReadOnlySpan<float> lowerLeft = image.WeightRow(2)[..row.Length], lowerRight = image.WeightRow(3)[..row.Length];
        for (int x = 0; x < row.Length; x++)
        {
            // Weights and sum as grid_sample has them, so that they round as its do.
            ReadOnlySpan<Vector128<float>> upper = source.Slice(indices[x], 2), lower = source.Slice(indices[x] + stride, 2);
            Vector128<float> sum = upper[0] * upperLeft[x];
            sum = Vector128.FusedMultiplyAdd(upper[1], Vector128.Create(upperRight[x]), sum);
            sum = Vector128.FusedMultiplyAdd(lower[0], Vector128.Create(lowerLeft[x]), sum);
            row[x] = Vector128.FusedMultiplyAdd(lower[1], Vector128.Create(lowerRight[x]), sum);
        }
    }

    /// <summary>Indices of the upper left pixels in the bordered picture, and the weights of the four.</summary>
    private static void Place(SamplingLine line, WorkingImage image)
    {
        Span<Vector<int>> index = MemoryMarshal.Cast<int, Vector<int>>(image.IndexRow);
        Span<Vector<float>> upperLeft = Vectors(image.WeightRow(0)), upperRight = Vectors(image.WeightRow(1));
        Span<Vector<float>> lowerLeft = Vectors(image.WeightRow(2)), lowerRight = Vectors(image.WeightRow(3));
        Vector<int> stride = new(image.Width + 2), first = new(image.Width + 3);
        for (int i = 0; i < index.Length; i++)
        {
            Vector<int> column = Split(line.Columns(i * Vector<int>.Count), image.Width, out Vector<float> right);
            Vector<int> row = Split(line.Rows(i * Vector<int>.Count), image.Height, out Vector<float> lower);
            Vector<float> left = Vector<float>.One - right, upper = Vector<float>.One - lower;
            index[i] = (row * stride) + column + first;
            upperLeft[i] = left * upper;
            upperRight[i] = right * upper;
            lowerLeft[i] = left * lower;
            lowerRight[i] = right * lower;
        }
    }

    private static Span<Vector<float>> Vectors(Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    /// <summary>
    /// The pixel before a position, -1 in the border, and the share of the next. A position beyond the border is taken as on it: all is
    /// black there.
    /// </summary>
    private static Vector<int> Split(Vector<float> position, int size, out Vector<float> share)
    {
        position = Vector.ClampNative(position, new(-1f), new(size));
        Vector<float> pixel = Vector.MinNative(Vector.Floor(position), new(size - 1f));
        share = position - pixel;
        return Vector.ConvertToInt32Native(pixel);
    }
}
