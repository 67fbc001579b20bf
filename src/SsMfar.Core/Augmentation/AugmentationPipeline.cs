using SsMfar.Randomness;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>Augmentations one after the other; each draws from a key of its own.</summary>
public sealed class AugmentationPipeline : IAugmentation, IKernelAugmentation
{
    private readonly IAugmentation[] _stages;

    private AugmentationPipeline(IAugmentation[] stages) => _stages = stages;

    /// <summary>Gets the augmentations in the order they are applied.</summary>
    internal IReadOnlyList<IAugmentation> Stages => _stages;

    /// <summary>Composes augmentations; none at all leaves every image as it is.</summary>
    /// <param name="stages">In the order they are to be applied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stages"/> or one of them is null.</exception>
    public static AugmentationPipeline Of(params ReadOnlySpan<IAugmentation> stages)
    {
        foreach (IAugmentation stage in stages)
        {
            ArgumentNullException.ThrowIfNull(stage, nameof(stages));
        }

        return new(stages.ToArray());
    }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
    {
        PixelBatch.Validate(pixels);
        torch.Tensor current = pixels.alias();
        for (int i = 0; i < _stages.Length; i++)
        {
            torch.Tensor previous = current;
            try
            {
                current = _stages[i].Apply(previous, StageKey(key, i));
            }
            catch
            {
                previous.Dispose();
                throw;
            }

            // A stage may leave them as they are.
            if (!ReferenceEquals(previous, current))
            {
                previous.Dispose();
            }
        }

        return current;
    }

    bool IKernelAugmentation.HasKernels => Array.TrueForAll(_stages, stage => stage is IKernelAugmentation { HasKernels: true });

    void IKernelAugmentation.Apply(WorkingImage image, RandomKey key, int row)
    {
        for (int i = 0; i < _stages.Length; i++)
        {
            ((IKernelAugmentation)_stages[i]).Apply(image, StageKey(key, i), row);
        }
    }

    // Below zero, so that no stage's key is also a row's.
    private static RandomKey StageKey(RandomKey key, int stage) => key.Fold(-1 - stage);
}
