using SsMfar.Randomness;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// The weak view of the paper and of its published code: zero-padded random crop and horizontal flip, by whole pixels, so that no value
/// is changed, only moved.
/// </summary>
public sealed class WeakAugmentation : IAugmentation, IKernelAugmentation
{
    /// <summary>Makes the view.</summary>
    /// <param name="options">Defaults to <see cref="WeakAugmentationOptions.Published"/>; read once.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public WeakAugmentation(WeakAugmentationOptions? options = null)
    {
        Options = options?.Copy() ?? new();
        OptionFaults.Refuse(Options);
    }

    internal WeakAugmentationOptions Options { get; }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
    {
        (int rows, _, int width) = PixelBatch.Validate(pixels);
        var maps = new AffineMap[rows];
        for (int i = 0; i < rows; i++)
        {
            maps[i] = Draw(key.Fold(i).ToSource(), width);
        }

        return AffineSampler.Sample(pixels, maps, SamplingFilter.Nearest);
    }

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row) =>
        MoveKernel.Apply(image, Draw(key.Fold(row).ToSource(), image.Width));

    private AffineMap Draw(RandomSource random, int width)
    {
        AffineMap map = AffineMap.Identity;
        if (random.NextBoolean(Options.CropProbability))
        {
            int span = (2 * Options.Padding) + 1;
            map = AffineMap.Translate(random.NextInt32(span) - Options.Padding, random.NextInt32(span) - Options.Padding);
        }

        return random.NextBoolean(Options.FlipProbability) ? map.Then(AffineMap.FlipHorizontal(width)) : map;
    }
}
