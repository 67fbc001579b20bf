using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>Pixels to network input: (x / 255 - mean) / std per channel. Immutable, holds no tensor, safe for many threads.</summary>
internal sealed class PixelNormalization
{
    private readonly float[] _scaleAndShift = new float[6];
    private readonly float[] _table;

    /// <summary>Makes the step.</summary>
    /// <param name="mean">Three means on the 0..1 scale, in the order of the <em>output's</em> channels.</param>
    /// <param name="standardDeviation">Three standard deviations above 0, likewise.</param>
    /// <param name="bgr">Whether the network was trained on blue, green, red: the channels of the RGB input are then reversed.</param>
    /// <exception cref="ArgumentException">There are not three means, or not three standard deviations.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A mean is not finite, or a standard deviation is not above 0.</exception>
    public PixelNormalization(ReadOnlySpan<float> mean, ReadOnlySpan<float> standardDeviation, bool bgr = false)
    {
        if (mean.Length != 3 || standardDeviation.Length != 3)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Three means and three standard deviations are needed, got {mean.Length} and {standardDeviation.Length}."));
        }

        Bgr = bgr;
        for (int c = 0; c < 3; c++)
        {
            if (!float.IsFinite(mean[c]))
            {
                throw new ArgumentOutOfRangeException(nameof(mean), mean[c], "A mean must be finite.");
            }

            if (!(standardDeviation[c] > 0 && float.IsFinite(standardDeviation[c])))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(standardDeviation),
                    standardDeviation[c],
                    "A standard deviation must be above 0.");
            }

            _scaleAndShift[c] = (float)(1 / (255.0 * standardDeviation[c]));
            _scaleAndShift[3 + c] = (float)(-(double)mean[c] / standardDeviation[c]);
        }

        _table = NormalizationKernel.Table(_scaleAndShift);
    }

    /// <summary>Gets whether the output's channels are blue, green, red.</summary>
    public bool Bgr { get; }

    /// <summary>Normalises a batch.</summary>
    /// <param name="pixels">uint8 or float32 [N, 3, H, W], RGB, 0 to 255, any memory format; not changed.</param>
    /// <returns>float32 [N, 3, H, W] on the same device; the caller disposes it.</returns>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another shape or type.</exception>
    public torch.Tensor Apply(torch.Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = pixels.dtype == torch.ScalarType.Byte ? pixels.to(torch.float32) : pixels;
        PixelBatch.Validate(values);
        torch.Tensor parts = Transfers.ToDevice(_scaleAndShift, [2, 1, 3, 1, 1], values.device);
        return torch.addcmul(parts[1], Bgr ? values.flip(1) : values, parts[0], Scalars.Of(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Normalises images on the CPU that are bytes, to the values of <see cref="Apply"/> but for their last rounding.</summary>
    /// <param name="rgb">Three bytes a pixel.</param>
    /// <param name="destination">Receives as many values, three a pixel.</param>
    public void Write(ReadOnlySpan<byte> rgb, Span<float> destination) => NormalizationKernel.Write(rgb, _table, Bgr, destination);

    /// <summary>Normalises one image on the CPU.</summary>
    /// <param name="image">RGB; not changed.</param>
    /// <param name="destination">Receives height x width x 3 values.</param>
    public void Write(WorkingImage image, Span<float> destination) =>
        NormalizationKernel.Write(image, _scaleAndShift, Bgr, destination);
}
