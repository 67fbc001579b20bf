using SsMfar.Kernels.Native;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// The passes of a 3×3 convolution of stride 1 and padding 1 on addresses: maps are float32 [N, H, W, channels], weights [O, 3, 3, I],
/// both without gaps. <see cref="VectorFiltering{TKernels}"/> has them on tensors.
/// </summary>
internal unsafe interface IFilteringKernels
{
    /// <inheritdoc cref="IMinimalFiltering.Pays"/>
    static abstract bool Pays(torch.Tensor input, torch.Tensor weight);

    /// <summary>The convolution.</summary>
    /// <param name="map">N, H and W.</param>
    /// <param name="input">[N, H, W, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="output">Receives [N, H, W, O].</param>
    /// <param name="outputs">O.</param>
    /// <param name="threads">How many threads to use.</param>
    static abstract void Convolve(MapSize map, float* input, int inputs, float* weight, float* output, int outputs, int threads);

    /// <summary>The gradient of the input.</summary>
    /// <param name="map">N, H and W.</param>
    /// <param name="gradient">[N, H, W, O]: the output's.</param>
    /// <param name="outputs">O.</param>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="inputGradient">Receives [N, H, W, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="threads">How many threads to use.</param>
    static abstract void InputGradient(
        MapSize map, float* gradient, int outputs, float* weight, float* inputGradient, int inputs, int threads);

    /// <summary>The gradient of the weights.</summary>
    /// <param name="map">N, H and W.</param>
    /// <param name="input">[N, H, W, I]: what was convolved.</param>
    /// <param name="inputs">I.</param>
    /// <param name="gradient">[N, H, W, O]: the output's gradient.</param>
    /// <param name="outputs">O.</param>
    /// <param name="weightGradient">Receives [O, 3, 3, I].</param>
    /// <param name="threads">How many threads to use.</param>
    static abstract void WeightGradient(
        MapSize map, float* input, int inputs, float* gradient, int outputs, float* weightGradient, int threads);
}
