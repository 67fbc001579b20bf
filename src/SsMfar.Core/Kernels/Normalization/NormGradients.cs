using System.Runtime.CompilerServices;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Normalization;

/// <summary>The gradients of a vector of channels.</summary>
/// <typeparam name="TFloats">The vectors.</typeparam>
internal static unsafe class NormGradients<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    /// <summary>dz: dy where y is above 0, and 0 elsewhere; dy itself without y.</summary>
    /// <param name="gradient">dy.</param>
    /// <param name="result">y; null where no ReLU follows.</param>
    /// <param name="place">Which vector.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Masked(float* gradient, float* result, nint place) => result is null
        ? TFloats.Load(gradient + place)
        : TFloats.WherePositive(TFloats.Load(result + place), TFloats.Load(gradient + place));

    /// <summary>dx = a dz + b (x - mean) + c.</summary>
    /// <param name="dz">dz.</param>
    /// <param name="map">x of these channels.</param>
    /// <param name="mean">Their means.</param>
    /// <param name="factors">Their a; b and c are <paramref name="channels"/> further on each.</param>
    /// <param name="channels">How many there are.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats OfMap(TFloats dz, float* map, float* mean, float* factors, int channels)
    {
        TFloats rest = TFloats.FusedMultiplyAdd(
            TFloats.Load(map) - TFloats.Load(mean), TFloats.Load(factors + channels), TFloats.Load(factors + (2 * channels)));
        return TFloats.FusedMultiplyAdd(dz, TFloats.Load(factors), rest);
    }
}
