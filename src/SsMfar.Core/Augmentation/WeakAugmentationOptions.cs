using System.ComponentModel.DataAnnotations;

namespace SsMfar.Augmentation;

/// <summary>The "standard cropping and horizontal flipping" of SS-MFAR's weak view (section 3).</summary>
public sealed class WeakAugmentationOptions
{
    /// <summary>Gets the paper's reading: every image is cropped, half of them are flipped.</summary>
    public static WeakAugmentationOptions Paper => new() { CropProbability = 1 };

    /// <summary>Gets the published code's: half of the images are cropped, half are flipped.</summary>
    public static WeakAugmentationOptions Published => new();

    /// <summary>Gets or sets how often an image is padded and cropped back to its size, in [0, 1]. The default is 0.5.</summary>
    [Range(0.0, 1.0)]
    public double CropProbability { get; set; } = 0.5;

    /// <summary>
    /// Gets or sets the black pixels added on each side before the crop, at least 0: the image moves by at most that many. The default
    /// is 8.
    /// </summary>
    [Range(0, int.MaxValue / 4)]
    public int Padding { get; set; } = 8;

    /// <summary>Gets or sets how often an image is mirrored left to right, in [0, 1]. The default is 0.5.</summary>
    [Range(0.0, 1.0)]
    public double FlipProbability { get; set; } = 0.5;

    internal WeakAugmentationOptions Copy() => (WeakAugmentationOptions)MemberwiseClone();
}
