using SsMfar.Randomness;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// Cutout (DeVries and Taylor, 2017) as the published code has it: a square whose side is uniform in [0, a share of the width), its
/// centre uniform in the image, cut off at the edges.
/// </summary>
public sealed class Cutout : IAugmentation, IKernelAugmentation
{
    /// <summary>Makes the augmentation.</summary>
    /// <param name="options">Defaults to a new <see cref="CutoutOptions"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public Cutout(CutoutOptions? options = null)
    {
        Options = options?.Copy() ?? new();
        OptionFaults.Refuse(Options);
    }

    internal CutoutOptions Options { get; }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => RectangleFill.Apply(pixels, key, Draw, Options.Fill);

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row) =>
        PaintKernel.Apply(image, Draw(key.Fold(row).ToSource(), image.Height, image.Width), Options.Fill);

    private PixelBox Draw(RandomSource random, int height, int width)
    {
        double side = random.NextDouble() * Options.MaximumSide * width;
        int left = (int)Math.Max(0, (random.NextDouble() * width) - (side / 2));
        int top = (int)Math.Max(0, (random.NextDouble() * height) - (side / 2));
        return new(left, top, (int)Math.Min(width, Math.Round(left + side)), (int)Math.Min(height, Math.Round(top + side)));
    }
}
