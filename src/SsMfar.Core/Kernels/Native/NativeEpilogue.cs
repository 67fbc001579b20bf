using System.Runtime.CompilerServices;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Native;

/// <summary>What follows a convolution, on addresses.</summary>
/// <param name="bias">A value for each channel; null for none.</param>
/// <param name="addend">From a value of the output to what is added to it, in elements; 0 for nothing.</param>
/// <param name="rectifies">Whether negative values become 0.</param>
internal readonly unsafe struct NativeEpilogue(float* bias, nint addend = 0, bool rectifies = false)
{
    /// <summary>The bias from a channel on, which whoever computes adds before <see cref="Store"/>; zeros where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TFloats Bias<TFloats>(int channel)
        where TFloats : struct, IFloats<TFloats> =>
        bias is null ? TFloats.Zero : TFloats.Load(bias + channel);

    /// <summary>Writes values that have their bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TFloats>(TFloats values, float* target)
        where TFloats : struct, IFloats<TFloats>
    {
        if (addend != 0)
        {
            values += TFloats.Load(target + addend);
        }

        (rectifies ? TFloats.Max(values, TFloats.Zero) : values).Store(target);
    }
}
