using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>max(0, batch norm of a map + what is added to it): how every convolution of a residual block ends.</summary>
internal static class NormalizedRelu
{
    /// <summary>The map.</summary>
    /// <param name="norm">The normalisation; in training its running statistics move on.</param>
    /// <param name="input">[N, C, H, W]; not to be used after.</param>
    /// <param name="addend">[N, C, H, W], or null.</param>
    /// <param name="isFused">Whether one pass may compute it where it suits; else libtorch does.</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    /// <returns>[N, C, H, W]; the caller's.</returns>
    public static torch.Tensor Apply(
        BatchNorm2d norm, torch.Tensor input, torch.Tensor? addend = null, bool isFused = true, IBatchNormKernels? kernels = null)
    {
        if (isFused && FusedNorm.TryApply(norm, input, addend, rectifies: true, kernels, SharedStatistics.Group) is { } map)
        {
            return map;
        }

        // In place where autograd allows: batch normalisation keeps its input, not its output, and ReLU keeps what it wrote.
        torch.Tensor output = BatchNormalization.Apply(norm, input, isFused: false);
        return (addend is null ? output : output.PlusInPlace(addend)).relu_();
    }
}
