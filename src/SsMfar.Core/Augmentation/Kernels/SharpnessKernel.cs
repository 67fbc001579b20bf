using System.Numerics;

namespace SsMfar.Augmentation;

/// <summary>
/// PIL's sharpness: a blend with <c>ImageFilter.SMOOTH</c>, [1 1 1; 1 5 1; 1 1 1] / 13, the outermost pixels as they were.
/// </summary>
internal static class SharpnessKernel
{
    // (s + 6) / 13 rounded down, which is s / 13 rounded to the nearest: exact for every sum of 13 bytes.
    private const uint Reciprocal = 5042;
    private const uint Half = 6;

    public static void Apply(WorkingImage image, float factor)
    {
        int width = image.Width, height = image.Height;
        if (width < 3 || height < 3)
        {
            return;
        }

        ReadOnlySpan<uint> source = image.Pixels;
        Span<uint> destination = image.SparePixels;
        var factors = new Vector<float>(factor);

        // From the first pixel that has all neighbours to the last, wrapping from row to row: the edges are put back afterwards.
        for (int i = width + 1; i < image.Count - width - 1; i += Vector<uint>.Count)
        {
            Blend(source, i, width, factors).CopyTo(destination[i..]);
        }

        source[..width].CopyTo(destination);
        source[(image.Count - width)..image.Count].CopyTo(destination[(image.Count - width)..]);
        for (int first = width; first < image.Count - width; first += width)
        {
            destination[first] = source[first];
            destination[first + width - 1] = source[first + width - 1];
        }

        image.SwapPixels();
    }

    private static Vector<uint> Blend(ReadOnlySpan<uint> source, int at, int width, Vector<float> factors)
    {
        // Red and blue (or green) are summed in the two halves of 32 bits: 13 x 255 fits each.
        Vector<uint> center = new(source[at..]);
        Vector<uint> redBlue = Even(center) * 4, green = Odd(center) * 4;
        for (int row = at - width; row <= at + width; row += width)
        {
            Vector<uint> left = new(source[(row - 1)..]), middle = new(source[row..]), right = new(source[(row + 1)..]);
            redBlue += Even(left) + Even(middle) + Even(right);
            green += Odd(left) + Odd(middle) + Odd(right);
        }

        return ChannelLanes.Blend(center, 0, Smooth(redBlue & new Vector<uint>(0xFFFF)), factors)
            | ChannelLanes.Blend(center, 8, Smooth(green & new Vector<uint>(0xFFFF)), factors)
            | ChannelLanes.Blend(center, 16, Smooth(redBlue >> 16), factors);
    }

    private static Vector<uint> Even(Vector<uint> pixels) => pixels & new Vector<uint>(0x00FF00FF);

    private static Vector<uint> Odd(Vector<uint> pixels) => (pixels >> 8) & new Vector<uint>(0x00FF00FF);

    private static Vector<float> Smooth(Vector<uint> sum) => ChannelLanes.ToFloats(((sum + new Vector<uint>(Half)) * Reciprocal) >> 16);
}
