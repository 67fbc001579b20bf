using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary>Chooses how a convolution whose weights no longer change is computed.</summary>
internal static class FixedConvolutions
{
    private static readonly IFixedConvolution[] Ways =
    [
        new DirectConvolution<Floats16>(), new DirectConvolution<Floats8>(), new WinogradConvolution<Floats16>(),
        new WinogradConvolution<Floats8>(), new MatrixConvolution(),
    ];

    /// <summary>The way that is faster than libtorch's convolution, or null.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, k, k].</param>
    /// <param name="stride">The stride.</param>
    /// <param name="disabled">Which are not to be taken.</param>
    public static IFixedConvolution? For(torch.Tensor input, torch.Tensor weight, int stride, KernelKinds disabled)
    {
        if (input.device_type != DeviceType.CPU || input.dtype != torch.ScalarType.Float32)
        {
            return null;
        }

        foreach (IFixedConvolution way in Ways)
        {
            if ((way.Kind & disabled) == 0 && way.Pays(input, weight, stride))
            {
                return way;
            }
        }

        return null;
    }
}
