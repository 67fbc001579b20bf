using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary>Chooses how a convolution whose weights no longer change is computed.</summary>
internal static class FixedConvolutions
{
    private static readonly IFixedConvolution[] Direct = [new DirectConvolution<Floats16>(), new DirectConvolution<Floats8>()];

    private static readonly IFixedConvolution[] Filtering =
        [new WinogradConvolution<Floats16>(), new WinogradConvolution<Floats8>(), new MatrixConvolution()];

    /// <summary>By its definition, where that is faster than libtorch's convolution and than minimal filtering, or null.</summary>
    /// <inheritdoc cref="ByFiltering"/>
    public static IFixedConvolution? ByDefinition(torch.Tensor input, torch.Tensor weight, int stride) =>
        First(Direct, input, weight, stride);

    /// <summary>By minimal filtering, where that is faster than libtorch's convolution, or null.</summary>
    /// <param name="input">[N, I, H, W]. What does not fit the weights is libtorch's to refuse.</param>
    /// <param name="weight">[O, I, k, k].</param>
    /// <param name="stride">The stride.</param>
    public static IFixedConvolution? ByFiltering(torch.Tensor input, torch.Tensor weight, int stride) =>
        First(Filtering, input, weight, stride);

    private static IFixedConvolution? First(IFixedConvolution[] ways, torch.Tensor input, torch.Tensor weight, int stride) =>
        NativeMaps.CanRead(input) && input.size(1) == weight.size(1)
            ? Array.Find(ways, way => way.Pays(input, weight, stride))
            : null;
}
