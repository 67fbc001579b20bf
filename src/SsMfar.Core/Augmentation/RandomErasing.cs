using SsMfar.Randomness;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>Random erasing (Zhong et al., 2017), as torchvision has it: some images get a box of one colour.</summary>
internal sealed class RandomErasing : IAugmentation, IKernelAugmentation
{
    /// <summary>Makes the augmentation.</summary>
    /// <param name="options">Defaults to a new <see cref="RandomErasingOptions"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public RandomErasing(RandomErasingOptions? options = null)
    {
        Options = options?.Copy() ?? new();
        OptionFaults.Refuse(Options);
    }

    internal RandomErasingOptions Options { get; }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => RectangleFill.Apply(pixels, key, Draw, Options.Fill);

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row) =>
        PaintKernel.Apply(image, Draw(key.Fold(row).ToSource(), image.Height, image.Width), Options.Fill);

    private PixelBox Draw(RandomSource random, int height, int width)
    {
        if (!random.NextBoolean(Options.Probability))
        {
            return default;
        }

        // torchvision's ten tries at a box smaller than the image, else none.
        for (int attempt = 0; attempt < 10; attempt++)
        {
            double area = width * (double)height * random.NextSingle((float)Options.MinimumScale, (float)Options.MaximumScale);
            double ratio = Math.Exp(random.NextSingle((float)Math.Log(Options.MinimumRatio), (float)Math.Log(Options.MaximumRatio)));
            int boxHeight = (int)Math.Round(Math.Sqrt(area * ratio)), boxWidth = (int)Math.Round(Math.Sqrt(area / ratio));
            if (boxHeight < height && boxWidth < width)
            {
                int top = random.NextInt32(height - boxHeight + 1), left = random.NextInt32(width - boxWidth + 1);
                return new(left, top, left + boxWidth, top + boxHeight);
            }
        }

        return default;
    }
}
