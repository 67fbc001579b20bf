using System.Runtime.Intrinsics;

namespace SsMfar.Imaging;

/// <summary>
/// The inner loops of resizing. Sums are exact in 32 bits: weights are not negative and add up to 2^22 (within rounding), values are at
/// most 255, so a sum stays under 2^31, and shifting it down gives at most 255.
/// </summary>
internal static unsafe class ResizeKernels
{
    private const int Half = 1 << (ResizeAxis.PrecisionBits - 1);

    /// <summary>One row: each output pixel is a weighted sum of neighbours. Reads and writes up to one byte past the last pixel.</summary>
    public static void Across(byte* source, int pixelStride, byte* destination, ResizeAxis axis)
    {
        Vector128<byte> spread = Vector128.Create((byte)0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 3, 255, 255, 255);
        Vector128<byte> gather = Vector128.Create((byte)0, 4, 8, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255);
        fixed (int* weights = axis.Weights)
        {
            int* weight = weights;
            for (int output = 0; output < axis.OutputSize; output++, weight += axis.TapStride, destination += 3)
            {
                byte* pixel = source + (long)axis.First(output) * pixelStride;
                int count = axis.Count(output);
                Vector128<int> sum = Vector128.Create(Half);
                for (int tap = 0; tap < count; tap++, pixel += pixelStride)
                {
                    Vector128<byte> four = Vector128.CreateScalarUnsafe(*(uint*)pixel).AsByte();
                    sum += Vector128.Shuffle(four, spread).AsInt32() * weight[tap];
                }

                Vector128<byte> result = (sum >> ResizeAxis.PrecisionBits).AsByte();
                *(uint*)destination = Vector128.Shuffle(result, gather).AsUInt32().ToScalar();
            }
        }
    }

    /// <summary>All rows: each output row is a weighted sum of input rows, of which the first given one is row firstRow.</summary>
    public static void Down(byte* source, int firstRow, int rowBytes, byte* destination, ResizeAxis axis)
    {
        fixed (int* weights = axis.Weights)
        {
            for (int output = 0; output < axis.OutputSize; output++)
            {
                byte* rows = source + (long)(axis.First(output) - firstRow) * rowBytes;
                int* weight = weights + (long)output * axis.TapStride;
                byte* line = destination + (long)output * rowBytes;
                int count = axis.Count(output);
                int column = 0;
                for (; column <= rowBytes - Vector128<byte>.Count; column += Vector128<byte>.Count)
                {
                    Columns(rows + column, rowBytes, weight, count).Store(line + column);
                }

                for (; column < rowBytes; column++)
                {
                    int sum = Half;
                    for (int tap = 0; tap < count; tap++)
                    {
                        sum += rows[(long)tap * rowBytes + column] * weight[tap];
                    }

                    line[column] = (byte)(sum >> ResizeAxis.PrecisionBits);
                }
            }
        }
    }

    private static Vector128<byte> Columns(byte* rows, int rowBytes, int* weight, int count)
    {
        Vector128<int> a = Vector128.Create(Half), b = a, c = a, d = a;
        for (int tap = 0; tap < count; tap++, rows += rowBytes)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(rows));
            Vector128<int> factor = Vector128.Create(weight[tap]);
            a += Vector128.WidenLower(low).AsInt32() * factor;
            b += Vector128.WidenUpper(low).AsInt32() * factor;
            c += Vector128.WidenLower(high).AsInt32() * factor;
            d += Vector128.WidenUpper(high).AsInt32() * factor;
        }

        Vector128<short> first = Vector128.Narrow(a >> ResizeAxis.PrecisionBits, b >> ResizeAxis.PrecisionBits);
        Vector128<short> second = Vector128.Narrow(c >> ResizeAxis.PrecisionBits, d >> ResizeAxis.PrecisionBits);
        return Vector128.Narrow(first.AsUInt16(), second.AsUInt16());
    }

    /// <summary>Copies pixels of 3 or 4 bytes to pixels of 3.</summary>
    public static void Pack(byte* source, int pixelStride, byte* destination, long pixels)
    {
        if (pixelStride == 3)
        {
            Buffer.MemoryCopy(source, destination, 3 * pixels, 3 * pixels);
            return;
        }

        Vector128<byte> drop = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        long i = 0;

        // Each step writes 16 bytes of which the last 4 are overwritten by the next step.
        for (; i <= pixels - 6; i += 4, source += 16, destination += 12)
        {
            Vector128.Shuffle(Vector128.Load(source), drop).Store(destination);
        }

        for (; i < pixels; i++, source += 4, destination += 3)
        {
            destination[0] = source[0];
            destination[1] = source[1];
            destination[2] = source[2];
        }
    }
}
