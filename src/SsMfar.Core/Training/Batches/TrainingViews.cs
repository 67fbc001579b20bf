using SsMfar.Augmentation;

namespace SsMfar.Training;

/// <summary>The weak and the strong view of a run.</summary>
/// <param name="Weak">Applied to every row.</param>
/// <param name="Strong">Applied to the rows that the semi-supervised part asks for; independent of the weak view.</param>
internal sealed record TrainingViews(IAugmentation Weak, IAugmentation Strong) : IDisposable
{
    /// <summary>Disposes views that hold something.</summary>
    public void Dispose()
    {
        (Weak as IDisposable)?.Dispose();
        (Strong as IDisposable)?.Dispose();
    }

    public static TrainingViews Of(ViewPreset preset) => preset switch
    {
        ViewPreset.Paper => new(
            new WeakAugmentation(WeakAugmentationOptions.Paper),
            new StrongAugmentation(StrongAugmentationOptions.Paper)),
        ViewPreset.Published => new(
            new WeakAugmentation(WeakAugmentationOptions.Published), new StrongAugmentation(StrongAugmentationOptions.Published)),
        ViewPreset.Rich => new(new RichWeakAugmentation(), new StrongAugmentation(StrongAugmentationOptions.Recommended)),
        _ => throw new ArgumentOutOfRangeException(nameof(preset), preset, "Unknown views."),
    };
}
