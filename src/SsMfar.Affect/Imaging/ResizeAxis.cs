using System.Buffers;

namespace SsMfar.Imaging;

/// <summary>
/// For each output position along one axis, which input positions contribute and with what weight (fixed point, 22 fractional bits).
/// Follows Pillow's precompute_coeffs and normalize_coeffs_8bpc operation by operation, so that the numbers are the same.
/// </summary>
internal sealed class ResizeAxis : IDisposable
{
    public const int PrecisionBits = 32 - 8 - 2;

    private readonly int[] _firsts;
    private readonly int[] _counts;

    public ResizeAxis(int inputSize, float start, float end, int outputSize)
    {
        double scale = (end - start) / (double)outputSize;
        double filterScale = Math.Max(scale, 1.0);
        double support = filterScale;
        TapStride = (int)Math.Ceiling(support) * 2 + 1;
        OutputSize = outputSize;
        _firsts = ArrayPool<int>.Shared.Rent(outputSize);
        _counts = ArrayPool<int>.Shared.Rent(outputSize);
        Weights = ArrayPool<int>.Shared.Rent(checked(outputSize * TapStride));
        double[] taps = ArrayPool<double>.Shared.Rent(TapStride);
        double reciprocal = 1.0 / filterScale;
        for (int output = 0; output < outputSize; output++)
        {
            double center = start + (output + 0.5) * scale;
            int first = Math.Max((int)(center - support + 0.5), 0);
            int count = Math.Min((int)(center + support + 0.5), inputSize) - first;
            double sum = 0;
            for (int tap = 0; tap < count; tap++)
            {
                taps[tap] = Math.Max(1.0 - Math.Abs((tap + first - center + 0.5) * reciprocal), 0.0);
                sum += taps[tap];
            }

            int offset = output * TapStride;
            for (int tap = 0; tap < count; tap++)
            {
                double weight = sum == 0 ? taps[tap] : taps[tap] / sum;
                Weights[offset + tap] = (int)(0.5 + weight * (1 << PrecisionBits));
            }

            (_firsts[output], _counts[output]) = (first, count);
        }

        ArrayPool<double>.Shared.Return(taps);
    }

    public int OutputSize { get; }

    /// <summary>Gets how far apart the weights of neighbouring outputs start.</summary>
    public int TapStride { get; }

    public int[] Weights { get; }

    public int First(int output) => _firsts[output];

    public int Count(int output) => _counts[output];

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_firsts);
        ArrayPool<int>.Shared.Return(_counts);
        ArrayPool<int>.Shared.Return(Weights);
    }
}
