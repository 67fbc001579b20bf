using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// The transforms of F(4×4, 3×3) (Lavin and Gray, 2016), a vector of channels at a time. The points are 0, ±5/8, ±3/2 and infinity, which
/// round less than the usual 0, ±1, ±2.
/// </summary>
/// <remarks>Frequency f of a result lies at f * stride. Each takes scratch for 36 vectors, aligned to 64 bytes.</remarks>
internal static unsafe class TileTransforms<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    private const int Side = Tile.Side;
    private const int OutputSide = Tile.OutputSide;
    private const int FilterSide = 3;

    // The points.
    private const float A = 0.625f, A2 = A * A, A3 = A2 * A;
    private const float B = 1.5f, B2 = B * B, B3 = B2 * B;

    // The reciprocals of what the other points' polynomial is at 0, ±A and ±B.
    private const float AtZero = 1 / (A2 * B2), AtA = 1 / (2 * A2 * (A2 - B2)), AtB = 1 / (2 * B2 * (B2 - A2));

    /// <summary>Bᵀ d B: a 6×6 tile of a map to its frequencies.</summary>
    /// <param name="pixels">36 addresses of a vector's channels each, row by row; that of zeros beyond the map's edge.</param>
    /// <param name="offset">Added to each address.</param>
    /// <param name="result">The frequencies.</param>
    /// <param name="stride">From a frequency to the next.</param>
    /// <param name="scratch">36 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float** pixels, nint offset, float* result, nint stride, float* scratch)
    {
        for (int x = 0; x < Side; x++)
        {
            InputLine(
                TFloats.Load(pixels[x] + offset),
                TFloats.Load(pixels[Side + x] + offset),
                TFloats.Load(pixels[(2 * Side) + x] + offset),
                TFloats.Load(pixels[(3 * Side) + x] + offset),
                TFloats.Load(pixels[(4 * Side) + x] + offset),
                TFloats.Load(pixels[(5 * Side) + x] + offset),
                scratch + (x * Lanes), Side * Lanes);
        }

        for (int y = 0; y < Side; y++)
        {
            float* row = scratch + (y * Side * Lanes);
            InputLine(
                Read(row, 0),
                Read(row, 1),
                Read(row, 2),
                Read(row, 3),
                Read(row, 4),
                Read(row, 5),
                result + (y * Side * stride),
                stride);
        }
    }

    /// <summary>A g Aᵀ: a 4×4 tile of an output's gradient to its frequencies.</summary>
    /// <param name="pixels">16 addresses, row by row; that of zeros beyond the map's edge.</param>
    /// <param name="offset">Added to each address.</param>
    /// <param name="result">The frequencies.</param>
    /// <param name="stride">From a frequency to the next.</param>
    /// <param name="scratch">36 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(float** pixels, nint offset, float* result, nint stride, float* scratch)
    {
        for (int x = 0; x < OutputSide; x++)
        {
            GradientLine(
                TFloats.Load(pixels[x] + offset),
                TFloats.Load(pixels[OutputSide + x] + offset),
                TFloats.Load(pixels[(2 * OutputSide) + x] + offset),
                TFloats.Load(pixels[(3 * OutputSide) + x] + offset),
                scratch + (x * Lanes), Side * Lanes);
        }

        for (int y = 0; y < Side; y++)
        {
            float* row = scratch + (y * Side * Lanes);
            GradientLine(Read(row, 0), Read(row, 1), Read(row, 2), Read(row, 3), result + (y * Side * stride), stride);
        }
    }

    /// <summary>Aᵀ m A: frequencies to a 4×4 tile of the output.</summary>
    /// <param name="frequencies">The frequencies.</param>
    /// <param name="stride">From a frequency to the next.</param>
    /// <param name="bias">Added to every pixel.</param>
    /// <param name="epilogue">What follows the bias.</param>
    /// <param name="pixels">16 addresses, row by row; null beyond the map's edge.</param>
    /// <param name="offset">Added to each address.</param>
    /// <param name="scratch">36 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(
        float* frequencies, nint stride, TFloats bias, NativeEpilogue epilogue, float** pixels, nint offset, float* scratch)
    {
        for (int x = 0; x < Side; x++)
        {
            float* column = frequencies + (x * stride);
            OutputLine(
                TFloats.Load(column),
                TFloats.Load(column + (Side * stride)),
                TFloats.Load(column + (2 * Side * stride)),
                TFloats.Load(column + (3 * Side * stride)),
                TFloats.Load(column + (4 * Side * stride)),
                TFloats.Load(column + (5 * Side * stride)),
                out TFloats r0, out TFloats r1, out TFloats r2, out TFloats r3);
            r0.Store(scratch + (x * Lanes));
            r1.Store(scratch + ((Side + x) * Lanes));
            r2.Store(scratch + (((2 * Side) + x) * Lanes));
            r3.Store(scratch + (((3 * Side) + x) * Lanes));
        }

        for (int y = 0; y < OutputSide; y++)
        {
            float* row = scratch + (y * Side * Lanes);
            OutputLine(
                Read(row, 0), Read(row, 1), Read(row, 2), Read(row, 3), Read(row, 4), Read(row, 5),
                out TFloats r0, out TFloats r1, out TFloats r2, out TFloats r3);
            StoreWithin(r0 + bias, epilogue, pixels[y * OutputSide], offset);
            StoreWithin(r1 + bias, epilogue, pixels[(y * OutputSide) + 1], offset);
            StoreWithin(r2 + bias, epilogue, pixels[(y * OutputSide) + 2], offset);
            StoreWithin(r3 + bias, epilogue, pixels[(y * OutputSide) + 3], offset);
        }
    }

    /// <summary>G w Gᵀ: a 3×3 filter to its frequencies.</summary>
    /// <param name="weights">Nine vectors, row by row.</param>
    /// <param name="result">The frequencies.</param>
    /// <param name="stride">From a frequency to the next.</param>
    /// <param name="scratch">36 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter(float* weights, float* result, nint stride, float* scratch)
    {
        for (int x = 0; x < FilterSide; x++)
        {
            FilterLine(
                Read(weights, x), Read(weights, FilterSide + x), Read(weights, (2 * FilterSide) + x), scratch + (x * Lanes), Side * Lanes);
        }

        for (int y = 0; y < Side; y++)
        {
            float* row = scratch + (y * Side * Lanes);
            FilterLine(Read(row, 0), Read(row, 1), Read(row, 2), result + (y * Side * stride), stride);
        }
    }

    /// <summary>Gᵀ u G: frequencies to the gradient of a 3×3 filter.</summary>
    /// <param name="frequencies">The frequencies.</param>
    /// <param name="stride">From a frequency to the next.</param>
    /// <param name="result">Receives nine vectors, row by row, at multiples of <paramref name="resultStride"/>.</param>
    /// <param name="resultStride">From a weight to the next.</param>
    /// <param name="scratch">36 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FilterGradient(float* frequencies, nint stride, float* result, nint resultStride, float* scratch)
    {
        for (int x = 0; x < Side; x++)
        {
            float* column = frequencies + (x * stride);
            FilterGradientLine(
                TFloats.Load(column),
                TFloats.Load(column + (Side * stride)),
                TFloats.Load(column + (2 * Side * stride)),
                TFloats.Load(column + (3 * Side * stride)),
                TFloats.Load(column + (4 * Side * stride)),
                TFloats.Load(column + (5 * Side * stride)),
                scratch + (x * Lanes), Side * Lanes);
        }

        for (int y = 0; y < FilterSide; y++)
        {
            float* row = scratch + (y * Side * Lanes);
            FilterGradientLine(
                Read(row, 0), Read(row, 1), Read(row, 2), Read(row, 3), Read(row, 4), Read(row, 5),
                result + (y * FilterSide * resultStride), resultStride);
        }
    }

    private static int Lanes => TFloats.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine(
        TFloats d0, TFloats d1, TFloats d2, TFloats d3, TFloats d4, TFloats d5,
        float* result, nint step)
    {
        TFloats evenA = Add(d2, -B2, d4), oddA = Add(d1, -A * B2, d3 * A);
        TFloats evenB = Add(d2, -A2, d4), oddB = Add(d1, -B * A2, d3 * B);
        Add(d0, A2 * B2, Add(d2, -(A2 + B2), d4)).Store(result);
        (evenA + oddA).Store(result + step);
        (evenA - oddA).Store(result + (2 * step));
        (evenB + oddB).Store(result + (3 * step));
        (evenB - oddB).Store(result + (4 * step));
        Add(d1, A2 * B2, Add(d3, -(A2 + B2), d5)).Store(result + (5 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine(
        TFloats g0, TFloats g1, TFloats g2, TFloats g3, float* result, nint step)
    {
        TFloats evenA = Add(g2, A2, g0), oddA = Add(g3, A3, g1 * A);
        TFloats evenB = Add(g2, B2, g0), oddB = Add(g3, B3, g1 * B);
        g0.Store(result);
        (evenA + oddA).Store(result + step);
        (evenA - oddA).Store(result + (2 * step));
        (evenB + oddB).Store(result + (3 * step));
        (evenB - oddB).Store(result + (4 * step));
        g3.Store(result + (5 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine(
        TFloats m0, TFloats m1, TFloats m2, TFloats m3, TFloats m4, TFloats m5,
        out TFloats r0, out TFloats r1, out TFloats r2, out TFloats r3)
    {
        TFloats sumA = m1 + m2, differenceA = m1 - m2, sumB = m3 + m4, differenceB = m3 - m4;
        r0 = m0 + sumA + sumB;
        r1 = Add(differenceB, B, differenceA * A);
        r2 = Add(sumB, B2, sumA * A2);
        r3 = Add(differenceB, B3, Add(differenceA, A3, m5));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine(TFloats w0, TFloats w1, TFloats w2, float* result, nint step)
    {
        TFloats evenA = Add(w2, A2 * AtA, w0 * AtA), oddA = w1 * (A * AtA);
        TFloats evenB = Add(w2, B2 * AtB, w0 * AtB), oddB = w1 * (B * AtB);
        (w0 * AtZero).Store(result);
        (evenA + oddA).Store(result + step);
        (evenA - oddA).Store(result + (2 * step));
        (evenB + oddB).Store(result + (3 * step));
        (evenB - oddB).Store(result + (4 * step));
        w2.Store(result + (5 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterGradientLine(
        TFloats u0, TFloats u1, TFloats u2, TFloats u3, TFloats u4, TFloats u5,
        float* result, nint step)
    {
        TFloats sumA = (u1 + u2) * AtA, sumB = (u3 + u4) * AtB;
        Add(u0, AtZero, sumA + sumB).Store(result);
        Add(u1 - u2, A * AtA, (u3 - u4) * (B * AtB)).Store(result + step);
        Add(sumA, A2, Add(sumB, B2, u5)).Store(result + (2 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Add(TFloats left, float right, TFloats addend) =>
        TFloats.FusedMultiplyAdd(left, TFloats.Create(right), addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Read(float* vectors, int index) => TFloats.Load(vectors + (index * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWithin(TFloats value, NativeEpilogue epilogue, float* address, nint offset)
    {
        if (address is not null)
        {
            epilogue.Store(value, address + offset);
        }
    }
}
