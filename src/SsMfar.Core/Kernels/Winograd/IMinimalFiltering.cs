using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// A way to compute the 3×3 convolution of stride 1 and padding 1 with fewer products than its definition, with gradients.
/// </summary>
internal interface IMinimalFiltering
{
    /// <summary>Whether it is faster than libtorch's convolution for a map in float32 on the CPU.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3].</param>
    bool Pays(torch.Tensor input, torch.Tensor weight);

    /// <summary>The convolution.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3]; fastest with channels-last strides.</param>
    /// <returns>[N, O, H, W], channels-last; the caller's.</returns>
    torch.Tensor Apply(torch.Tensor input, torch.Tensor weight);
}
