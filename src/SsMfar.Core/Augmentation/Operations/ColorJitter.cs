using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// Factors of brightness b, contrast c and saturation s of one image (1 changes nothing). With L a pixel's luma and m the image's mean
/// luma, torchvision's three operations without their clipping compose, in any order, to b (c (s x + (1 - s) L) + (1 - c) m);
/// s = 0 makes grey.
/// </summary>
internal readonly record struct ColorJitter(float Brightness, float Contrast, float Saturation)
{
    /// <summary>Changes row i of float32 [N, 3, H, W] by <paramref name="factors"/>[i] and clips to 0..255.</summary>
    public static torch.Tensor Apply(torch.Tensor pixels, ReadOnlySpan<ColorJitter> factors)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int rows = factors.Length;
        var values = new float[rows * 3];
        for (int i = 0; i < rows; i++)
        {
            ColorJitter f = factors[i];
            values[i] = f.Brightness * f.Contrast * f.Saturation;
            values[rows + i] = f.Brightness * f.Contrast * (1 - f.Saturation);
            values[(2 * rows) + i] = f.Brightness * (1 - f.Contrast);
        }

        torch.Tensor parts = Transfers.ToDevice(values, [3, rows, 1, 1, 1], pixels.device);

        // ITU-R 601-2, as PIL's convert("L").
        torch.Tensor luma = pixels.narrow(1, 0, 1).mul(Scalars.Of(0.299f))
            .add_(pixels.narrow(1, 1, 1), alpha: Scalars.Of(0.587f))
            .add_(pixels.narrow(1, 2, 1), alpha: Scalars.Of(0.114f));
        torch.Tensor mean = luma.mean([2, 3], keepdim: true);
        torch.Tensor grey = luma.mul_(parts[1]).PlusInPlace(mean.mul_(parts[2]));
        return torch.addcmul(grey, pixels, parts[0], Scalars.Of(1)).clamp_(Scalars.Of(0), Scalars.Of(255)).MoveToOuterDisposeScope();
    }
}
