using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>Chooses how a convolution that is trained is filtered.</summary>
internal static class MinimalFiltering
{
    private static readonly IMinimalFiltering[] Ways =
    [
        new VectorFiltering<PixelKernels<Floats16>>(), new VectorFiltering<PixelKernels<Floats8>>(),
        new VectorFiltering<BlockedKernels<Floats16>>(), new VectorFiltering<BlockedKernels<Floats8>>(),
        new MatrixWinograd(),
    ];

    /// <summary>The way that is faster than libtorch's convolution, or null.</summary>
    /// <param name="input">[N, I, H, W]. What does not fit the weights is libtorch's to refuse.</param>
    /// <param name="weight">[O, I, 3, 3].</param>
    public static IMinimalFiltering? For(torch.Tensor input, torch.Tensor weight)
    {
        if (!NativeMaps.CanRead(input) || input.size(1) != weight.size(1))
        {
            return null;
        }

        foreach (IMinimalFiltering way in Ways)
        {
            if (way.Pays(input, weight))
            {
                return way;
            }
        }

        return null;
    }
}
