using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// Reads 3×3 filters from weights [O, 3, 3, I], those of 16 inputs and 16 outputs at once: nine vectors for each inner channel, whose
/// lanes are outer channels.
/// </summary>
internal static unsafe class FilterTaps
{
    /// <summary>Vectors of an inner channel.</summary>
    public const int Count = 9;

    /// <summary>Elements that are written: [16 inner, 9, 16 outer].</summary>
    public const int Elements = Lanes * InnerStride;

    /// <summary>From an inner channel to the next.</summary>
    public const int InnerStride = Count * Lanes;

    private const int Lanes = TileTransforms.Lanes;

    /// <summary>Inputs are inner, outputs outer: what a convolution from inputs to outputs takes.</summary>
    public static void Read(float* weight, int inputs, int input, int output, float* taps)
    {
        for (int tap = 0; tap < Count; tap++)
        {
            float* source = weight + ((((nint)output * Count) + tap) * inputs) + input;
            Transpose(source, (nint)Count * inputs, taps + (tap * Lanes));
        }
    }

    /// <summary>Outputs are inner, inputs outer, filters turned by 180 degrees: what takes an output's gradient to the input's.</summary>
    public static void ReadTurned(float* weight, int inputs, int output, int input, float* taps)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            float* source = weight + ((nint)(output + lane) * Count * inputs) + input;
            for (int tap = 0; tap < Count; tap++)
            {
                Vector512.Load(source + ((nint)(Count - 1 - tap) * inputs)).Store(taps + (lane * InnerStride) + (tap * Lanes));
            }
        }
    }

    /// <summary>Column c of 16 rows goes to c * <see cref="InnerStride"/>.</summary>
    private static void Transpose(float* source, nint stride, float* target)
    {
        // Rows in pairs, then in fours: vector 4g + j holds, in quarter q, column 4q + j of rows 4g to 4g + 3.
        Vector512<float>* fours = stackalloc Vector512<float>[Lanes];
        for (int g = 0; g < 4; g++)
        {
            float* row = source + (4 * g * stride);
            Vector512<float> r0 = Vector512.Load(row), r1 = Vector512.Load(row + stride);
            Vector512<float> r2 = Vector512.Load(row + (2 * stride)), r3 = Vector512.Load(row + (3 * stride));
            Vector512<double> low0 = Avx512F.UnpackLow(r0, r1).AsDouble(), low1 = Avx512F.UnpackLow(r2, r3).AsDouble();
            Vector512<double> high0 = Avx512F.UnpackHigh(r0, r1).AsDouble(), high1 = Avx512F.UnpackHigh(r2, r3).AsDouble();
            fours[4 * g] = Avx512F.UnpackLow(low0, low1).AsSingle();
            fours[(4 * g) + 1] = Avx512F.UnpackHigh(low0, low1).AsSingle();
            fours[(4 * g) + 2] = Avx512F.UnpackLow(high0, high1).AsSingle();
            fours[(4 * g) + 3] = Avx512F.UnpackHigh(high0, high1).AsSingle();
        }

        const byte Even = 0x88, Odd = 0xDD;
        for (int j = 0; j < 4; j++)
        {
            Vector512<float> even0 = Avx512F.Shuffle4x128(fours[j], fours[4 + j], Even), odd0 = Avx512F.Shuffle4x128(
                fours[j],
                fours[4 + j],
                Odd);
            Vector512<float> even1 = Avx512F.Shuffle4x128(fours[8 + j], fours[12 + j], Even), odd1 = Avx512F.Shuffle4x128(
                fours[8 + j],
                fours[12 + j],
                Odd);
            Avx512F.Shuffle4x128(even0, even1, Even).Store(target + (j * InnerStride));
            Avx512F.Shuffle4x128(odd0, odd1, Even).Store(target + ((4 + j) * InnerStride));
            Avx512F.Shuffle4x128(even0, even1, Odd).Store(target + ((8 + j) * InnerStride));
            Avx512F.Shuffle4x128(odd0, odd1, Odd).Store(target + ((12 + j) * InnerStride));
        }
    }
}

/// <summary>Reads a block of filters as <see cref="FilterTaps"/> lays them out.</summary>
/// <param name="inner">The first of 16 channels that are summed over.</param>
/// <param name="outer">The first of 16 channels of the result.</param>
/// <param name="taps">Receives them.</param>
internal unsafe delegate void TapReader(int inner, int outer, float* taps);
