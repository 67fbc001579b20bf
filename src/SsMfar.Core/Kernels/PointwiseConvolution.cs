using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels;

/// <summary>
/// 1×1 convolutions as matrix products, where a processor does not say what caches and cores it has: of those that libtorch's convolution
/// takes from oneDNN there (brgconv_1x1 with AVX-512, oneDNN 3.7 in libtorch 2.10), some have wrong values and some divide by zero, which
/// ends the process. Everywhere else that convolution is right, and faster.
/// </summary>
internal static class PointwiseConvolution
{
    /// <summary>Gets or sets whether this process needs it.</summary>
    public static bool IsNeeded { get; set; } = ProcessorTopology.IsHidden;

    /// <summary>Whether a convolution without groups is one of those.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="kernel">The kernel's side.</param>
    public static bool Takes(torch.Tensor input, long kernel) =>
        IsNeeded && kernel == 1 && input.device_type == DeviceType.CPU
        && input.dtype is torch.ScalarType.Float32 or torch.ScalarType.BFloat16;

    /// <summary>The convolution.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 1, 1].</param>
    /// <param name="bias">[O], or null.</param>
    /// <param name="stride">The stride, at least 1.</param>
    /// <returns>[N, O, ceil(H / stride), ceil(W / stride)], channels-last; the caller's.</returns>
    public static torch.Tensor Apply(torch.Tensor input, torch.Tensor weight, torch.Tensor? bias, long stride)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor taken = stride == 1
            ? input : input.slice(2, 0, input.size(2), stride).slice(3, 0, input.size(3), stride);
        torch.Tensor places = taken.permute(0, 2, 3, 1).reshape(-1, input.size(1));
        torch.Tensor product = torch.nn.functional.linear(places, weight.view(weight.size(0), -1), bias);
        return product.view(taken.size(0), taken.size(2), taken.size(3), -1).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
