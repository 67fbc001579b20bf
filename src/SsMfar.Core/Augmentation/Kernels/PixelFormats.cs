using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary>Pixels from one layout into another.</summary>
internal static class PixelFormats
{
    /// <summary>Three bytes a pixel into four.</summary>
    public static void Unpack(ReadOnlySpan<byte> rgb, Span<uint> pixels)
    {
        int count = rgb.Length / 3, i = 0;

        // Four pixels a time; a vector reads four bytes more than it uses.
        for (; (i * 3) + Vector128<byte>.Count <= rgb.Length; i += 4)
        {
            Vector128<byte> four = Vector128.Create(rgb.Slice(i * 3, Vector128<byte>.Count));
            Vector128.Shuffle(four, Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255))
                .AsUInt32().CopyTo(pixels[i..]);
        }

        for (; i < count; i++)
        {
            pixels[i] = (uint)(rgb[i * 3] | (rgb[(i * 3) + 1] << 8) | (rgb[(i * 3) + 2] << 16));
        }
    }

    public static Vector128<float> ToFloats(uint pixel) =>
        Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32());

    public static void ToFloats(ReadOnlySpan<uint> pixels, Span<Vector128<float>> values)
    {
        values = values[..pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            values[i] = ToFloats(pixels[i]);
        }
    }

    /// <summary>Rounds, ties to even, and clips to 0..255.</summary>
    public static void ToBytes(ReadOnlySpan<Vector128<float>> values, Span<uint> pixels)
    {
        for (int i = 0; i < values.Length; i++)
        {
            Vector128<float> clipped = Vector128.Clamp(Vector128.Round(values[i]), Vector128<float>.Zero, Vector128.Create(255f));
            Vector128<int> whole = Vector128.ConvertToInt32(clipped);
            pixels[i] = (uint)(whole[0] | (whole[1] << 8) | (whole[2] << 16));
        }
    }
}
