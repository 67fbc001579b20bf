using System.Runtime.CompilerServices;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// Reads 3×3 filters from weights [O, 3, 3, I], those of a vector of inputs and one of outputs at once: nine vectors for each inner
/// channel, whose lanes are outer channels.
/// </summary>
internal static unsafe class FilterTaps<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    /// <summary>Vectors of an inner channel.</summary>
    public const int Count = 9;

    /// <summary>Elements that are written: [inner, 9, outer].</summary>
    public static int Elements => Lanes * InnerStride;

    /// <summary>From an inner channel to the next.</summary>
    public static int InnerStride => Count * Lanes;

    private static int Lanes => TFloats.Lanes;

    /// <summary>Inputs are inner, outputs outer: what a convolution from inputs to outputs takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(float* weight, int inputs, int input, int output, float* taps)
    {
        for (int tap = 0; tap < Count; tap++)
        {
            float* source = weight + ((((nint)output * Count) + tap) * inputs) + input;
            TFloats.Transpose(source, (nint)Count * inputs, taps + (tap * Lanes), InnerStride);
        }
    }

    /// <summary>Outputs are inner, inputs outer, filters turned by 180 degrees: what takes an output's gradient to the input's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReadTurned(float* weight, int inputs, int output, int input, float* taps)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            float* source = weight + ((nint)(output + lane) * Count * inputs) + input;
            for (int tap = 0; tap < Count; tap++)
            {
                TFloats.Load(source + ((nint)(Count - 1 - tap) * inputs)).Store(taps + (lane * InnerStride) + (tap * Lanes));
            }
        }
    }
}

/// <summary>Reads a block of filters as <see cref="FilterTaps{TFloats}"/> lays them out.</summary>
/// <param name="inner">The first of a vector of channels that are summed over.</param>
/// <param name="outer">The first of a vector of channels of the result.</param>
/// <param name="taps">Receives them.</param>
internal unsafe delegate void TapReader(int inner, int outer, float* taps);
