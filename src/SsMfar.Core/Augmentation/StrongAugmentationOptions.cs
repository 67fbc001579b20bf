namespace SsMfar.Augmentation;

/// <summary>The parts of the strong view; a part that is null is left out.</summary>
public sealed record StrongAugmentationOptions
{
    /// <summary>The paper's strong view: its weak view along with RandAugment, cutout last.</summary>
    public static StrongAugmentationOptions Paper { get; } = new() { Weak = WeakAugmentationOptions.Paper };

    /// <summary>The published code's: pad-crop and flip half of the time, three operations of its list, cutout.</summary>
    public static StrongAugmentationOptions Published { get; } = new();

    /// <summary>The Recommended recipe's: torchvision's <c>RandAugment(3, 9)</c>, and random erasing instead of cutout.</summary>
    public static StrongAugmentationOptions Recommended { get; } = new()
    {
        RandAugment = RandAugmentOptions.Torchvision,
        Cutout = null,
        RandomErasing = new(),
    };

    /// <summary>Pad-crop and flip, drawn independently of the weak view's.</summary>
    public WeakAugmentationOptions? Weak { get; init; } = WeakAugmentationOptions.Published;

    /// <summary>The operations that follow.</summary>
    public RandAugmentOptions? RandAugment { get; init; } = RandAugmentOptions.Published;

    /// <summary>The square painted over.</summary>
    public CutoutOptions? Cutout { get; init; } = new();

    /// <summary>The box painted over.</summary>
    public RandomErasingOptions? RandomErasing { get; init; }
}
