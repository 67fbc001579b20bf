using SsMfar.Kernels.Vectors;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>Chooses the kernels of a normalisation.</summary>
internal static class NormKernels
{
    // Those of the widest vectors that the processor has.
    private static readonly IBatchNormKernels? Widest =
        Floats16.IsSupported ? new BatchNormKernels<Floats16>() : Floats8.IsSupported ? new BatchNormKernels<Floats8>() : null;

    /// <summary>The kernels, where they suit: in training, float32, on the CPU, with channels that fill vectors; else null.</summary>
    /// <param name="norm">The normalisation.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    public static IBatchNormKernels? For(BatchNorm2d norm, torch.Tensor input, IBatchNormKernels? kernels) =>
        (kernels ?? Widest) is { } chosen
        && norm.training
        && input.device_type == DeviceType.CPU
        && input.dtype == torch.ScalarType.Float32
        && norm.weight!.dtype == torch.ScalarType.Float32
        && input.size(1) % chosen.Lanes == 0
        && norm is { momentum: not null, running_mean: not null, running_var: not null }
            ? chosen
            : null;
}
