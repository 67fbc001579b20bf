using SsMfar.Randomness;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// The Recommended recipe's weak view: random resized crop, rotation, colour jitter, greyscale and flip. The three geometric parts are
/// one bilinear sampling; the four colour parts are one affine map of the colours.
/// </summary>
/// <remarks>
/// Unlike torchvision, which rounds and clips after each part, values are clipped once, at the end: unclipped, brightness, contrast and
/// saturation commute, so that their order needs no draw. A rotation shows what lies around the crop where the image has it, black beyond.
/// </remarks>
public sealed class RichWeakAugmentation : IAugmentation, IKernelAugmentation
{
    /// <summary>Makes the view.</summary>
    /// <param name="options">Defaults to a new <see cref="RichWeakAugmentationOptions"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public RichWeakAugmentation(RichWeakAugmentationOptions? options = null)
    {
        Options = options?.Copy() ?? new();
        OptionFaults.Refuse(Options);
    }

    internal RichWeakAugmentationOptions Options { get; }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
    {
        (int rows, int height, int width) = PixelBatch.Validate(pixels);
        if (rows == 0)
        {
            return pixels.alias();
        }

        var maps = new AffineMap[rows];
        var colors = new ColorJitter[rows];
        for (int i = 0; i < rows; i++)
        {
            RandomSource random = key.Fold(i).ToSource();
            maps[i] = DrawGeometry(ref random, width, height);
            colors[i] = DrawColor(ref random);
        }

        using torch.Tensor sampled = AffineSampler.Sample(pixels, maps, SamplingFilter.Bilinear);
        return ColorJitter.Apply(sampled, colors);
    }

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row)
    {
        RandomSource random = key.Fold(row).ToSource();
        BilinearKernel.Apply(image, DrawGeometry(ref random, image.Width, image.Height));
        ColorKernel.Apply(image, DrawColor(ref random));
    }

    private AffineMap DrawGeometry(ref RandomSource random, int width, int height)
    {
        AffineMap map = DrawCrop(ref random, width, height);
        if (random.NextBoolean(Options.RotationProbability))
        {
            float limit = (float)Options.RotationDegrees;
            map = map.Then(AffineMap.Rotate(random.NextSingle(-limit, limit), width, height));
        }

        return random.NextBoolean(Options.FlipProbability) ? map.Then(AffineMap.FlipHorizontal(width)) : map;
    }

    private AffineMap DrawCrop(ref RandomSource random, int width, int height)
    {
        // torchvision's RandomResizedCrop: ten tries at a box that fits, else the whole image.
        for (int attempt = 0; attempt < 10; attempt++)
        {
            double area = width * (double)height * random.NextSingle((float)Options.MinimumScale, (float)Options.MaximumScale);
            double ratio = Math.Exp(random.NextSingle((float)Math.Log(Options.MinimumRatio), (float)Math.Log(Options.MaximumRatio)));
            int cropWidth = (int)Math.Round(Math.Sqrt(area * ratio)), cropHeight = (int)Math.Round(Math.Sqrt(area / ratio));
            if (cropWidth > 0 && cropWidth <= width && cropHeight > 0 && cropHeight <= height)
            {
                int top = random.NextInt32(height - cropHeight + 1), left = random.NextInt32(width - cropWidth + 1);
                return AffineMap.Crop(left, top, cropWidth / (double)width, cropHeight / (double)height);
            }
        }

        return AffineMap.Identity;
    }

    private ColorJitter DrawColor(ref RandomSource random)
    {
        float brightness = DrawFactor(ref random, Options.Brightness);
        float contrast = DrawFactor(ref random, Options.Contrast);
        float saturation = DrawFactor(ref random, Options.Saturation);
        return new(brightness, contrast, random.NextBoolean(Options.GrayscaleProbability) ? 0 : saturation);
    }

    private static float DrawFactor(ref RandomSource random, double spread) => random.NextSingle((float)(1 - spread), (float)(1 + spread));
}
