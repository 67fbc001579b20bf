namespace SsMfar.Export;

/// <summary>
/// Numbers of eight bits that stand for real ones: q = clamp(round(x / scale) + zero, 0, 255), x ≈ (q - zero)·scale; halves are rounded to
/// even, as ONNX's QuantizeLinear has it. 0 is exact.
/// </summary>
/// <param name="Scale">The step; above 0.</param>
/// <param name="Zero">What stands for 0.</param>
internal readonly record struct Quantizer(float Scale, byte Zero)
{
    private const int Steps = byte.MaxValue;

    // Below it, the reciprocal of a scale, and products of two, would leave float32's normal range.
    private const float LeastScale = 1e-12f;

    /// <summary>The quantiser of a range, widened to take in 0.</summary>
    public static Quantizer Of(double least, double greatest)
    {
        least = Math.Min(least, 0);
        greatest = Math.Max(greatest, 0);
        float scale = Math.Max((float)((greatest - least) / Steps), LeastScale);
        return new(scale, (byte)Math.Clamp(Math.Round(-least / scale), 0, Steps));
    }

    /// <summary>What a number becomes.</summary>
    public byte Quantize(float value) => (byte)Math.Clamp(MathF.Round(value / Scale) + Zero, 0, Steps);

    /// <summary>What a number is read as after it was quantised.</summary>
    public double Restore(double value) => (Math.Clamp(Math.Round(value / Scale) + Zero, 0, Steps) - Zero) * Scale;
}

/// <summary>Weights of eight bits, symmetric about 0, with one scale for each output.</summary>
/// <param name="Values">From -63 to 63, in the weights' order.</param>
/// <param name="Scales">One an output.</param>
/// <param name="Bias">In steps of input scale · weight scale, one an output.</param>
/// <param name="BiasScales">Input scale · weight scale, one an output.</param>
internal sealed record QuantizedWeights(sbyte[] Values, float[] Scales, int[] Bias, float[] BiasScales)
{
    // Processors without VNNI add two products of 255 · weight in sixteen bits: beyond 64 they overflow, and what comes out is wrong. So
    // one bit is given up, and a file computes the same on every processor, at full speed.
    private const int Greatest = 63;

    // The accumulator has 32 bits; the bias leaves it room.
    private const double GreatestBias = 1 << 30;
    private const float LeastScale = 1e-12f;

    /// <summary>Quantises.</summary>
    /// <param name="weights">[outputs, ...], row-major, finite.</param>
    /// <param name="bias">[outputs], finite.</param>
    /// <param name="inputScale">The step of what the weights are multiplied with.</param>
    public static QuantizedWeights Of(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, float inputScale)
    {
        int outputs = bias.Length, size = weights.Length / outputs;
        sbyte[] values = new sbyte[weights.Length];
        float[] scales = new float[outputs], biasScales = new float[outputs];
        int[] steps = new int[outputs];
        for (int output = 0; output < outputs; output++)
        {
            ReadOnlySpan<float> row = weights.Slice(output * size, size);
            float largest = 0;
            foreach (float weight in row)
            {
                largest = Math.Max(largest, Math.Abs(weight));
            }

            // An output of tiny weights, such as one that training gave up, must not make its bias too many steps.
            float scale = Math.Max(largest / Greatest, Math.Max((float)(Math.Abs(bias[output]) / (inputScale * GreatestBias)), LeastScale));
            scales[output] = scale;
            biasScales[output] = inputScale * scale;
            steps[output] = (int)Math.Round(bias[output] / ((double)inputScale * scale));
            for (int i = 0; i < size; i++)
            {
                values[(output * size) + i] = (sbyte)Math.Clamp(MathF.Round(row[i] / scale), -Greatest, Greatest);
            }
        }

        return new(values, scales, steps, biasScales);
    }
}
