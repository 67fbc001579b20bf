namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) of float32 maps [rows, channels], what is added to it and ReLU, where it follows, in two
/// passes over memory each way: one for the sums of every channel, one for the values. Separate operations take seven and eight.
/// </summary>
internal unsafe interface IBatchNormKernels
{
    /// <summary>Gets what channels must be a multiple of.</summary>
    int Lanes { get; }

    /// <summary>Gets the kernels of a normalisation that is pooled, by the same vectors.</summary>
    IPooledNormKernels Pooled { get; }

    /// <summary>The sums of x - shift and of its square.</summary>
    /// <param name="map">x, [rows, channels].</param>
    /// <param name="shift">[channels]: near the mean, so that the squares' sum does not lose it.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">Receives them, [2 * channels].</param>
    /// <param name="threads">How many threads to use.</param>
    void Moments(float* map, float* shift, int rows, int channels, double* sums, int threads);

    /// <summary>y = max(0, z) or z itself, where z = scale (x - mean) + shift + addend.</summary>
    /// <param name="map">x, [rows, channels].</param>
    /// <param name="mean">[channels].</param>
    /// <param name="scale">[channels].</param>
    /// <param name="shift">[channels].</param>
    /// <param name="addend">[rows, channels], or null.</param>
    /// <param name="rectifies">Whether ReLU follows.</param>
    /// <param name="result">Receives y.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="threads">How many threads to use.</param>
    void Apply(
        float* map, float* mean, float* scale, float* shift, float* addend, bool rectifies, float* result, int rows, int channels,
        int threads);

    /// <summary>The sums of dz and of dz (x - mean), where dz is dy where y is above 0; everywhere without y.</summary>
    /// <param name="gradient">dy, [rows, channels].</param>
    /// <param name="result">y; null where no ReLU follows.</param>
    /// <param name="map">x.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">Receives them, [2 * channels].</param>
    /// <param name="threads">How many threads to use.</param>
    void GradientSums(
        float* gradient, float* result, float* map, float* mean, int rows, int channels, double* sums, int threads);

    /// <summary>dx = a dz + b (x - mean) + c, and dz itself where it is wanted.</summary>
    /// <param name="gradient">dy, [rows, channels].</param>
    /// <param name="result">y; null where no ReLU follows.</param>
    /// <param name="map">x.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="factors">[3, channels]: a, b and c.</param>
    /// <param name="mapGradient">Receives dx.</param>
    /// <param name="addendGradient">Receives dz, or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="threads">How many threads to use.</param>
    void ApplyGradient(
        float* gradient, float* result, float* map, float* mean, float* factors, float* mapGradient, float* addendGradient,
        int rows, int channels, int threads);
}
