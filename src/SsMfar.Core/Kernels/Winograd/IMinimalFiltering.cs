using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>A way to compute the 3×3 convolution of stride 1 and padding 1 with fewer products than its definition.</summary>
internal interface IMinimalFiltering
{
    /// <summary>Whether it is faster than libtorch's convolution for a map in float32 on the CPU.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3].</param>
    /// <param name="filtersAreReady">Whether the weights have been transformed before.</param>
    bool Pays(torch.Tensor input, torch.Tensor weight, bool filtersAreReady);

    /// <summary>The convolution, with gradients.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3]; fastest with channels-last strides.</param>
    /// <returns>[N, O, H, W], channels-last; the caller's.</returns>
    torch.Tensor Apply(torch.Tensor input, torch.Tensor weight);

    /// <summary>Weights that no longer change, transformed once.</summary>
    /// <param name="weight">[O, I, 3, 3].</param>
    /// <returns>The caller's.</returns>
    torch.Tensor Filters(torch.Tensor weight);

    /// <summary>The convolution without gradients, from transformed weights.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="filters">From <see cref="Filters"/>.</param>
    /// <param name="bias">[O].</param>
    /// <returns>[N, O, H, W], channels-last; the caller's.</returns>
    torch.Tensor ApplyFilters(torch.Tensor input, torch.Tensor filters, torch.Tensor bias);
}
