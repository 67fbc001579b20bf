using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// What follows a convolution in an ONNX graph, as the batch normalisation of a network here:
/// (x - mean) / √(variance + ε) * weight + bias.
/// </summary>
/// <param name="Weight">A factor for each output.</param>
/// <param name="Bias">A summand for each output.</param>
/// <param name="Mean">The running mean of each output.</param>
/// <param name="Variance">The running variance of each output.</param>
internal sealed record OnnxAffine(double[] Weight, double[] Bias, double[] Mean, double[] Variance)
{
    /// <summary>The ε of the networks here, which is TorchSharp's and torchvision's default.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>
    /// Reads what follows a convolution. A norm of its own keeps its statistics, with its scale adjusted where its ε is another; what was
    /// folded into the convolution, or taken apart, becomes a norm of mean 0 and deviation 1.
    /// </summary>
    /// <exception cref="ModelFileException">A tensor cannot be read.</exception>
    public static OnnxAffine Of(OnnxReader file, OnnxConvolution convolution)
    {
        int outputs = convolution.Outputs;
        double[] bias = convolution.Bias is { } name ? Read(name) : new double[outputs];
        if (convolution.Steps is [OnnxNorm only])
        {
            double[] variance = Read(only.Variance);
            bool isSame = (float)only.Epsilon == (float)Epsilon;
            double[] scale = [.. Read(only.Scale).Select((s, c) =>
                isSame ? s : s * Math.Sqrt((variance[c] + Epsilon) / (variance[c] + only.Epsilon)))];
            return new(scale, Read(only.Shift), [.. Read(only.Mean).Select((mean, c) => mean - bias[c])], variance);
        }

        (double Scale, double Shift)[] whole = [.. bias.Select(b => (1.0, b))];
        foreach (OnnxStep step in convolution.Steps)
        {
            Apply(step, whole);
        }

        double[] identity = new double[outputs];
        Array.Fill(identity, 1 - Epsilon);
        return new([.. whole.Select(pair => pair.Scale)], [.. whole.Select(pair => pair.Shift)], new double[outputs], identity);

        double[] Read(string tensor) => file.ReadNumbers(file.Model.Tensors[tensor], outputs);

        void Apply(OnnxStep step, (double Scale, double Shift)[] pairs)
        {
            if (step is OnnxNorm norm)
            {
                double[][] parts = [Read(norm.Scale), Read(norm.Shift), Read(norm.Mean), Read(norm.Variance)];
                for (int c = 0; c < pairs.Length; c++)
                {
                    double factor = parts[0][c] / Math.Sqrt(parts[3][c] + norm.Epsilon);
                    pairs[c] = (pairs[c].Scale * factor, ((pairs[c].Shift - parts[2][c]) * factor) + parts[1][c]);
                }
            }
            else if (step is OnnxArithmetic arithmetic)
            {
                double[] numbers = Read(arithmetic.Constant);
                for (int c = 0; c < pairs.Length; c++)
                {
                    double number = numbers[numbers.Length == 1 ? 0 : c];
                    pairs[c] = OnnxAffine.Apply(pairs[c], arithmetic.Operator, number, arithmetic.IsReversed);
                }
            }
        }
    }

    /// <summary>x * scale + shift after an operation with a number.</summary>
    public static (double Scale, double Shift) Apply((double Scale, double Shift) x, char kind, double number, bool isReversed) =>
        kind switch
        {
            '*' => (x.Scale * number, x.Shift * number),
            '/' => (x.Scale / number, x.Shift / number),
            '+' => (x.Scale, x.Shift + number),
            _ when isReversed => (-x.Scale, number - x.Shift),
            _ => (x.Scale, x.Shift - number),
        };
}
