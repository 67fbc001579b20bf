using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation by libtorch, as <see cref="BatchNorm2d"/> computes it but for the temporary number that it adds; where ranks share
/// statistics, by the library's own kernels if they suit.
/// </summary>
internal static class BatchNormalization
{
    /// <summary>The normalised map.</summary>
    /// <param name="norm">The normalisation; in training its running statistics move on. Its momentum is a number.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="isFused">Whether the library's own kernels may compute what ranks share; else libtorch does, in many passes.</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    /// <returns>[N, C, H, W]; the caller's.</returns>
    public static torch.Tensor Apply(BatchNorm2d norm, torch.Tensor input, bool isFused = true, IBatchNormKernels? kernels = null)
    {
        if (norm.training && SharedStatistics.Group is { } group)
        {
            return (isFused ? FusedNorm.TryApply(norm, input, addend: null, rectifies: false, kernels, group) : null)
                ?? SynchronizedNorm.Apply(norm, input, group);
        }

        if (norm.training)
        {
            norm.num_batches_tracked?.PlusInPlace(1);
        }

        return torch.nn.functional.batch_norm(
            input, norm.running_mean!, norm.running_var!, norm.weight, norm.bias, norm.training, norm.momentum!.Value, norm.eps);
    }
}
