using SsMfar.Distributed;
using SsMfar.Kernels.Native;
using SsMfar.Runtime;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>What a batch normalisation knows of its rows, by which it computes both ways.</summary>
internal sealed unsafe class NormMoments
{
    private readonly float[] _deviation;
    private readonly double _rows;

    private NormMoments(float[] mean, float[] deviation, double rows) => (Mean, _deviation, _rows) = (mean, deviation, rows);

    /// <summary>Gets the mean of each channel.</summary>
    public float[] Mean { get; }

    /// <summary>Takes the moments of a map; the running statistics move on.</summary>
    /// <param name="norm">The normalisation.</param>
    /// <param name="gamma">Its weight.</param>
    /// <param name="map">[rows, channels].</param>
    /// <param name="rows">This rank's rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="kernels">By which vectors.</param>
    /// <param name="group">Whose rows count; null for this rank's alone.</param>
    /// <param name="scale">Receives what a distance from the mean is multiplied by, [channels].</param>
    public static NormMoments Take(
        BatchNorm2d norm, float* gamma, float* map, int rows, int channels, IBatchNormKernels kernels, IProcessGroup? group, float* scale)
    {
        using AlignedMemory memory = AlignedMemory.Rent(4 * (nint)channels);
        double* means = (double*)memory.Start, variances = means + channels;
        kernels.Moments(map, map, rows, channels, means, NativeMaps.Threads);
        for (int c = 0; c < channels; c++)
        {
            double distance = means[c] / rows;
            variances[c] = Math.Max(0, (variances[c] / rows) - (distance * distance));
            means[c] = map[c] + distance;
        }

        double total = group is null ? rows : RankMoments.Merge(new(means, channels), new(variances, channels), rows, group);
        var (mean, deviation) = (new float[channels], new float[channels]);
        for (int c = 0; c < channels; c++)
        {
            double d = Math.Sqrt(variances[c] + norm.eps);
            (mean[c], deviation[c]) = ((float)means[c], (float)d);
            scale[c] = (float)(gamma[c] / d);
        }

        Follow(norm, means, variances, total);
        return new(mean, deviation, total);
    }

    /// <summary>The gradients of weight and bias, and how the map's is made.</summary>
    /// <param name="sums">The sums of each channel's gradients, and of their products with the distance from the mean.</param>
    /// <param name="gamma">The weight.</param>
    /// <param name="group">Whose rows count.</param>
    /// <param name="gammaGradient">Receives the weight's gradient.</param>
    /// <param name="betaGradient">Receives the bias's.</param>
    /// <param name="factors">Receives [3, channels], for <see cref="IBatchNormKernels.ApplyGradient"/>.</param>
    public void Gradients(
        double* sums, float* gamma, IProcessGroup? group, float* gammaGradient, float* betaGradient, float* factors)
    {
        int channels = Mean.Length;
        double* products = sums + channels;
        for (int c = 0; c < channels; c++)
        {
            (gammaGradient[c], betaGradient[c]) = ((float)(products[c] / _deviation[c]), (float)sums[c]);
        }

        // A rank's weights have the gradient of its own rows, which is summed later; its map has that of all ranks' statistics.
        if (group is not null)
        {
            RankMoments.Sum(new(sums, 2 * channels), group);
        }

        for (int c = 0; c < channels; c++)
        {
            double d = _deviation[c], a = gamma[c] / d;
            (factors[c], factors[channels + c]) = ((float)a, (float)(-a * products[c] / (d * d * _rows)));
            factors[(2 * channels) + c] = (float)(-a * sums[c] / _rows);
        }
    }

    private static void Follow(BatchNorm2d norm, double* means, double* variances, double rows)
    {
        float* mean = NativeMaps.Address(norm.running_mean!), variance = NativeMaps.Address(norm.running_var!);
        double momentum = norm.momentum!.Value;
        for (int c = 0; c < norm.running_mean!.numel(); c++)
        {
            mean[c] = (float)(((1 - momentum) * mean[c]) + (momentum * means[c]));
            variance[c] = (float)(((1 - momentum) * variance[c]) + (momentum * variances[c] * rows / Math.Max(1, rows - 1)));
        }

        norm.num_batches_tracked?.PlusInPlace(1);
    }
}
