using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary><see cref="ColorJitter"/> as one matrix of the colours.</summary>
internal static class ColorKernel
{
    // ITU-R 601-2.
    private static readonly Vector128<float> Luma = Vector128.Create(0.299f, 0.587f, 0.114f, 0);

    public static void Apply(WorkingImage image, ColorJitter jitter)
    {
        image.AllowFractions();
        float factor = jitter.Brightness * jitter.Contrast * jitter.Saturation;
        float grey = jitter.Brightness * jitter.Contrast * (1 - jitter.Saturation);
        float mean = jitter.Brightness * (1 - jitter.Contrast);

        Vector128<float> offset = Vector128.Create(mean == 0 ? 0 : mean * MeanLuma(image));
        Vector128<float> red = Column(0), green = Column(1), blue = Column(2), white = Vector128.Create(255f);
        foreach (ref Vector128<float> value in image.Values[..image.Count])
        {
            Vector128<float> sum = Vector128.FusedMultiplyAdd(Vector128.Shuffle(value, Vector128.Create(0)), red, offset);
            sum = Vector128.FusedMultiplyAdd(Vector128.Shuffle(value, Vector128.Create(1)), green, sum);
            sum = Vector128.FusedMultiplyAdd(Vector128.Shuffle(value, Vector128.Create(2)), blue, sum);
            value = Vector128.ClampNative(sum, Vector128<float>.Zero, white);
        }

        // What a channel's value gives to every channel: its luma's share of grey, and to its own the rest.
        Vector128<float> Column(int channel) =>
            Vector128.Create(grey * Luma[channel]).WithElement(channel, factor + (grey * Luma[channel]));
    }

    private static float MeanLuma(WorkingImage image)
    {
        // Rows are summed apart: float32 holds a row's sum exactly enough, not the picture's.
        Vector128<double> redGreen = Vector128<double>.Zero, blue = Vector128<double>.Zero;
        for (int y = 0; y < image.Height; y++)
        {
            Vector128<float> row = Sum(image.Values.Slice(y * image.Width, image.Width));
            redGreen += Vector128.WidenLower(row);
            blue += Vector128.WidenUpper(row);
        }

        return (float)(((Luma[0] * redGreen[0]) + (Luma[1] * redGreen[1]) + (Luma[2] * blue[0])) / image.Count);
    }

    private static Vector128<float> Sum(ReadOnlySpan<Vector128<float>> values)
    {
        // Four sums, so that none waits for the addition before.
        Vector128<float> first = default, second = default, third = default, fourth = default;
        while (values.Length >= 4)
        {
            first += values[0];
            second += values[1];
            third += values[2];
            fourth += values[3];
            values = values[4..];
        }

        foreach (Vector128<float> value in values)
        {
            first += value;
        }

        return first + second + (third + fourth);
    }
}
