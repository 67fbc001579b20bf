using TorchSharp;

namespace SsMfar.Kernels.Native;

/// <summary>The size of maps [N, H, W, channels].</summary>
/// <param name="Images">N.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
internal readonly record struct MapSize(int Images, int Height, int Width)
{
    /// <summary>The size of a tensor [N, H, W, channels].</summary>
    public static MapSize Of(torch.Tensor map) => new((int)map.size(0), (int)map.size(1), (int)map.size(2));

    /// <summary>The size of a tensor [N, channels, H, W].</summary>
    public static MapSize OfChannelsFirst(torch.Tensor map) => new((int)map.size(0), (int)map.size(2), (int)map.size(3));
}
