using System.Numerics;
using System.Runtime.InteropServices;

namespace SsMfar.Augmentation;

/// <summary>Operations on single bytes, all channels alike.</summary>
internal static class BitKernels
{
    /// <summary>Rounds down to multiples of <paramref name="step"/>, a power of two.</summary>
    public static void Posterize(WorkingImage image, int step)
    {
        var kept = new Vector<byte>((byte)(256 - step));
        foreach (ref Vector<byte> bytes in MemoryMarshal.Cast<uint, Vector<byte>>(image.Pixels))
        {
            bytes &= kept;
        }
    }

    /// <summary>Inverts values at or above <paramref name="threshold"/>.</summary>
    public static void Solarize(WorkingImage image, float threshold)
    {
        float least = MathF.Ceiling(threshold);
        if (least > byte.MaxValue)
        {
            return;
        }

        var from = new Vector<byte>((byte)least);
        foreach (ref Vector<byte> bytes in MemoryMarshal.Cast<uint, Vector<byte>>(image.Pixels))
        {
            // 255 - x has the opposite bits of x.
            bytes ^= Vector.GreaterThanOrEqual(bytes, from);
        }
    }
}
