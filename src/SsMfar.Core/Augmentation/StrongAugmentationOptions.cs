namespace SsMfar.Augmentation;

/// <summary>The parts of the strong view; a part that is null is left out.</summary>
public sealed class StrongAugmentationOptions
{
    /// <summary>Gets the paper's strong view: its weak view along with RandAugment, cutout last.</summary>
    public static StrongAugmentationOptions Paper => new() { Weak = WeakAugmentationOptions.Paper };

    /// <summary>Gets the published code's: pad-crop and flip half of the time, three operations of its list, cutout.</summary>
    public static StrongAugmentationOptions Published => new();

    /// <summary>Gets the Recommended recipe's: torchvision's <c>RandAugment(3, 9)</c>, and random erasing instead of cutout.</summary>
    public static StrongAugmentationOptions Recommended => new()
    {
        RandAugment = new() { Space = RandAugmentSpace.Torchvision },
        Cutout = null,
        RandomErasing = new(),
    };

    /// <summary>Gets or sets pad-crop and flip, drawn independently of the weak view's.</summary>
    public WeakAugmentationOptions? Weak { get; set; } = WeakAugmentationOptions.Published;

    /// <summary>Gets or sets the operations that follow.</summary>
    public RandAugmentOptions? RandAugment { get; set; } = new();

    /// <summary>Gets or sets the square painted over.</summary>
    public CutoutOptions? Cutout { get; set; } = new();

    /// <summary>Gets or sets the box painted over. The default is none.</summary>
    internal RandomErasingOptions? RandomErasing { get; set; }
}
