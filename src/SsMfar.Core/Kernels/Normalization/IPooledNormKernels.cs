using SsMfar.Kernels.Native;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// A batch normalisation of which only the maximum of each window and ReLU go on: a ResNet's stem, whose map is the network's largest. The
/// normalised map is never written. Windows are 3×3, two apart, with a border of one.
/// </summary>
internal unsafe interface IPooledNormKernels
{
    /// <summary>y = max(0, z), where z is the largest scale (x - mean) + shift of a window.</summary>
    /// <param name="map">x, [N, H, W, channels].</param>
    /// <param name="size">N, H and W.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="scale">[channels].</param>
    /// <param name="shift">[channels].</param>
    /// <param name="result">Receives y, [N, (H + 1) / 2, (W + 1) / 2, channels].</param>
    /// <param name="chosen">Receives the x that z is of: the first of equal ones, by rows.</param>
    /// <param name="places">Receives its place in the window, 0 to 8, by rows.</param>
    /// <param name="threads">How many threads to use.</param>
    void Pool(
        float* map, MapSize size, int channels, float* mean, float* scale, float* shift, float* result, float* chosen, float* places,
        int threads);

    /// <summary>dx = a dz + b (x - mean) + c, where dz is the sum of dy over the windows that chose x and whose y is above 0.</summary>
    /// <param name="gradient">dy, as y.</param>
    /// <param name="result">y.</param>
    /// <param name="places">As <see cref="Pool"/> gave them.</param>
    /// <param name="map">x.</param>
    /// <param name="size">Its size.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="factors">[3, channels]: a, b and c.</param>
    /// <param name="mapGradient">Receives dx.</param>
    /// <param name="threads">How many threads to use.</param>
    void ApplyGradient(
        float* gradient, float* result, float* places, float* map, MapSize size, int channels, float* mean, float* factors,
        float* mapGradient, int threads);
}
