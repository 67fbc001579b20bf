using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>What every view asks of its input.</summary>
internal static class PixelBatch
{
    /// <summary>Refuses anything but float32 [N, 3, H, W].</summary>
    public static (int Rows, int Height, int Width) Validate(torch.Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.dtype != torch.ScalarType.Float32)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"Expected float32 pixels of shape [N, 3, H, W], got {pixels.dtype} [{string.Join(", ", pixels.shape)}]. ") +
                "Convert with to(torch.float32) and permute the channels to the second place.",
                nameof(pixels));
        }

        return (checked((int)pixels.size(0)), checked((int)pixels.size(2)), checked((int)pixels.size(3)));
    }
}
