using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>max(0, the maximum of a normalised map's windows): how a ResNet's stem ends.</summary>
internal static class PooledRelu
{
    /// <summary>The map. Windows are 3×3, two apart, with a border of one.</summary>
    /// <param name="norm">The normalisation; in training its running statistics move on.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="isFused">Whether own kernels may compute it where they suit; else libtorch does.</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    /// <returns>[N, C, (H + 1) / 2, (W + 1) / 2]; the caller's.</returns>
    public static torch.Tensor Apply(
        BatchNorm2d norm, torch.Tensor input, bool isFused = true, IBatchNormKernels? kernels = null) =>
        (isFused ? PooledNorm.TryApply(norm, input, kernels, SharedStatistics.Group) : null) ?? Pool(norm, input);

    // ReLU and a maximum may change places, values and gradients alike; after the pool ReLU has a quarter of the elements.
    private static torch.Tensor Pool(BatchNorm2d norm, torch.Tensor input)
    {
        using torch.Tensor normalized = BatchNormalization.Apply(norm, input, isFused: false);
        return torch.nn.functional.max_pool2d(normalized, kernel_size: 3, stride: 2, padding: 1).relu_();
    }
}
