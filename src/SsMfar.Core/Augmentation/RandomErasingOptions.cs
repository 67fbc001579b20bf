using System.ComponentModel.DataAnnotations;
using SsMfar.Imaging;

namespace SsMfar.Augmentation;

/// <summary>What random erasing paints. The defaults are torchvision's.</summary>
internal sealed class RandomErasingOptions : IValidatableObject
{
    /// <summary>Gets or sets how often a box is painted, in [0, 1]. The default is 0.5.</summary>
    [Range(0.0, 1.0)]
    public double Probability { get; set; } = 0.5;

    /// <summary>Gets or sets the smallest share of the image's area, above 0. The default is 0.02.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double MinimumScale { get; set; } = 0.02;

    /// <summary>Gets or sets the largest share of the image's area, at most 1. The default is 0.33.</summary>
    [Range(0.0, 1.0)]
    public double MaximumScale { get; set; } = 0.33;

    /// <summary>Gets or sets the smallest height / width, above 0; ratios are drawn log-uniformly. The default is 0.3.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double MinimumRatio { get; set; } = 0.3;

    /// <summary>Gets or sets the largest height / width. The default is 3.3.</summary>
    [Range(0.0, double.MaxValue)]
    public double MaximumRatio { get; set; } = 3.3;

    /// <summary>Gets or sets the box's colour, 0 to 255 a channel. The default is ImageNet's mean, 0 after normalisation.</summary>
    public ChannelValues Fill { get; set; } = new(0.485f * 255, 0.456f * 255, 0.406f * 255);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) =>
        Ranges.InOrder((nameof(MinimumScale), MinimumScale, MaximumScale), (nameof(MinimumRatio), MinimumRatio, MaximumRatio));

    internal RandomErasingOptions Copy() => (RandomErasingOptions)MemberwiseClone();
}
