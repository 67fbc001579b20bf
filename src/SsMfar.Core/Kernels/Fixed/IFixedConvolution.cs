using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary>A way to compute a convolution whose weights no longer change, without gradients; its padding is half the kernel.</summary>
internal interface IFixedConvolution
{
    /// <summary>Whether it is faster than libtorch's convolution for a map that <see cref="Native.NativeMaps.CanRead"/>.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, k, k].</param>
    /// <param name="stride">The stride.</param>
    bool Pays(torch.Tensor input, torch.Tensor weight, int stride);

    /// <summary>What the weights are made into, once.</summary>
    /// <param name="weight">[O, I, k, k].</param>
    /// <returns>The caller's.</returns>
    torch.Tensor Filters(torch.Tensor weight);

    /// <summary>The convolution, and what follows it.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="filters">From <see cref="Filters"/>.</param>
    /// <param name="kernel">k.</param>
    /// <param name="stride">The stride.</param>
    /// <param name="epilogue">What follows.</param>
    /// <returns>[N, O, ceil(H / stride), ceil(W / stride)], channels-last; the caller's.</returns>
    torch.Tensor Apply(torch.Tensor input, torch.Tensor filters, int kernel, int stride, ConvolutionEpilogue epilogue);
}
