namespace SsMfar.Export;

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

    /// <summary>
    /// Quantises. What rounding the weights changes in an output's mean over the calibration images is taken back in its bias (Nagel et
    /// al., "Data-Free Quantization through Weight Equalization and Bias Correction", ICCV 2019, section 4.2).
    /// </summary>
    /// <param name="weights">[outputs, inputs / groups, ...], row-major, finite.</param>
    /// <param name="bias">[outputs], finite.</param>
    /// <param name="width">Inputs / groups.</param>
    /// <param name="inputScale">The step of what the weights are multiplied with.</param>
    /// <param name="inputMeans">The mean of each input.</param>
    public static QuantizedWeights Of(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, int width, float inputScale, ReadOnlySpan<double> inputMeans)
    {
        int outputs = bias.Length, size = weights.Length / outputs, outputsOfGroup = outputs / (inputMeans.Length / width);
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
            double corrected = bias[output];
            ReadOnlySpan<double> means = inputMeans.Slice(output / outputsOfGroup * width, width);
            for (int i = 0; i < size; i++)
            {
                sbyte value = (sbyte)Math.Clamp(MathF.Round(row[i] / scale), -Greatest, Greatest);
                values[(output * size) + i] = value;
                corrected += (row[i] - ((double)value * scale)) * means[i / (size / width)];
            }

            steps[output] = (int)Math.Clamp(Math.Round(corrected / ((double)inputScale * scale)), -GreatestBias, GreatestBias);
        }

        return new(values, scales, steps, biasScales);
    }
}
