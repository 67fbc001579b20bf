using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>Batch normalisation by libtorch, as <see cref="BatchNorm2d"/> computes it but for the temporary number that it adds.</summary>
internal static class BatchNormalization
{
    /// <summary>The normalised map.</summary>
    /// <param name="norm">The normalisation; in training its running statistics move on. Its momentum is a number.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <returns>[N, C, H, W]; the caller's.</returns>
    public static torch.Tensor Apply(BatchNorm2d norm, torch.Tensor input)
    {
        if (norm.training && SynchronizedNorm.Group is { } group)
        {
            return SynchronizedNorm.Apply(norm, input, group);
        }

        if (norm.training)
        {
            norm.num_batches_tracked?.PlusInPlace(1);
        }

        return torch.nn.functional.batch_norm(
            input, norm.running_mean!, norm.running_var!, norm.weight, norm.bias, norm.training, norm.momentum!.Value, norm.eps);
    }
}
