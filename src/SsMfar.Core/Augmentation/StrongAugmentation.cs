using SsMfar.Randomness;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// The strong view: a draw of pad-crop and flip of its own, then <see cref="RandAugment"/>, then <see cref="Cutout"/> or
/// <see cref="RandomErasing"/>, all on 0-255 pixels.
/// </summary>
public sealed class StrongAugmentation : IAugmentation, IKernelAugmentation
{
    private readonly AugmentationPipeline _pipeline;

    /// <summary>Makes the view.</summary>
    /// <param name="options">Defaults to <see cref="StrongAugmentationOptions.Published"/>; read once.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public StrongAugmentation(StrongAugmentationOptions? options = null)
    {
        Options = options ?? new();
        OptionFaults.Refuse(Options);
        var stages = new List<IAugmentation>();
        if (Options.Weak is { } weak)
        {
            stages.Add(new WeakAugmentation(weak));
        }

        if (Options.RandAugment is { } randAugment)
        {
            stages.Add(new RandAugment(randAugment));
        }

        if (Options.Cutout is { } cutout)
        {
            stages.Add(new Cutout(cutout));
        }

        if (Options.RandomErasing is { } erasing)
        {
            stages.Add(new RandomErasing(erasing));
        }

        _pipeline = AugmentationPipeline.Of([.. stages]);
    }

    internal StrongAugmentationOptions Options { get; }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => _pipeline.Apply(pixels, key);

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row) => ((IKernelAugmentation)_pipeline).Apply(image, key, row);
}
