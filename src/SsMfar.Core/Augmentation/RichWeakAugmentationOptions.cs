using System.ComponentModel.DataAnnotations;

namespace SsMfar.Augmentation;

/// <summary>The Recommended recipe's weak view, in torchvision's terms.</summary>
public sealed class RichWeakAugmentationOptions : IValidatableObject
{
    /// <summary>Gets or sets the smallest share of the image's area that the crop keeps, in (0, 1]. The default is 0.7.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double MinimumScale { get; set; } = 0.7;

    /// <summary>Gets or sets the largest share of the image's area that the crop keeps, in (0, 1]. The default is 1.</summary>
    [Range(0.0, 1.0)]
    public double MaximumScale { get; set; } = 1;

    /// <summary>
    /// Gets or sets the smallest width / height of the crop, above 0; ratios are drawn log-uniformly. The default is 0.9.
    /// </summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double MinimumRatio { get; set; } = 0.9;

    /// <summary>Gets or sets the largest width / height of the crop. The default is 1.1.</summary>
    [Range(0.0, double.MaxValue)]
    public double MaximumRatio { get; set; } = 1.1;

    /// <summary>Gets or sets how often the image is rotated, in [0, 1]. The default is 0.5.</summary>
    [Range(0.0, 1.0)]
    public double RotationProbability { get; set; } = 0.5;

    /// <summary>Gets or sets the largest rotation to either side in degrees, at least 0. The default is 12.</summary>
    [Range(0.0, double.MaxValue)]
    public double RotationDegrees { get; set; } = 12;

    /// <summary>Gets or sets the spread of the brightness factor, uniform in 1 plus or minus this, in [0, 1]. The default is 0.3.</summary>
    [Range(0.0, 1.0)]
    public double Brightness { get; set; } = 0.3;

    /// <summary>Gets or sets the spread of the contrast factor, uniform in 1 plus or minus this, in [0, 1]. The default is 0.3.</summary>
    [Range(0.0, 1.0)]
    public double Contrast { get; set; } = 0.3;

    /// <summary>Gets or sets the spread of the saturation factor, uniform in 1 plus or minus this, in [0, 1]. The default is 0.2.</summary>
    [Range(0.0, 1.0)]
    public double Saturation { get; set; } = 0.2;

    /// <summary>Gets or sets how often the image is made grey, in [0, 1]. The default is 0.3.</summary>
    [Range(0.0, 1.0)]
    public double GrayscaleProbability { get; set; } = 0.3;

    /// <summary>Gets or sets how often the image is mirrored left to right, in [0, 1]. The default is 0.5.</summary>
    [Range(0.0, 1.0)]
    public double FlipProbability { get; set; } = 0.5;

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) =>
        Ranges.InOrder((nameof(MinimumScale), MinimumScale, MaximumScale), (nameof(MinimumRatio), MinimumRatio, MaximumRatio));

    internal RichWeakAugmentationOptions Copy() => (RichWeakAugmentationOptions)MemberwiseClone();
}
