namespace SsMfar.Augmentation;

/// <summary>The "standard cropping and horizontal flipping" of SS-MFAR's weak view (section 3).</summary>
public sealed record WeakAugmentationOptions
{
    /// <summary>The paper's reading: every image is cropped, half of them are flipped.</summary>
    public static WeakAugmentationOptions Paper { get; } = new() { CropProbability = 1 };

    /// <summary>The published code's: half of the images are cropped, half are flipped.</summary>
    public static WeakAugmentationOptions Published { get; } = new();

    /// <summary>How often an image is padded and cropped back to its size, in [0, 1].</summary>
    public double CropProbability { get; init; } = 0.5;

    /// <summary>Black pixels added on each side before the crop, at least 0: the image moves by at most so many.</summary>
    public int Padding { get; init; } = 8;

    /// <summary>How often an image is mirrored left to right, in [0, 1].</summary>
    public double FlipProbability { get; init; } = 0.5;
}
