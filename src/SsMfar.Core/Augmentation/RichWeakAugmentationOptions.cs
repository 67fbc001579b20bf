namespace SsMfar.Augmentation;

/// <summary>The Recommended recipe's weak view, in torchvision's terms.</summary>
public sealed record RichWeakAugmentationOptions
{
    /// <summary>The smallest share of the image's area that the crop keeps, in (0, 1].</summary>
    public double MinimumScale { get; init; } = 0.7;

    /// <summary>The largest share of the image's area that the crop keeps, in (0, 1].</summary>
    public double MaximumScale { get; init; } = 1;

    /// <summary>The smallest width / height of the crop, above 0; ratios are drawn log-uniformly.</summary>
    public double MinimumRatio { get; init; } = 0.9;

    /// <summary>The largest width / height of the crop.</summary>
    public double MaximumRatio { get; init; } = 1.1;

    /// <summary>How often the image is rotated, in [0, 1].</summary>
    public double RotationProbability { get; init; } = 0.5;

    /// <summary>The largest rotation to either side, degrees, at least 0.</summary>
    public double RotationDegrees { get; init; } = 12;

    /// <summary>The brightness factor is uniform in 1 plus or minus this, in [0, 1].</summary>
    public double Brightness { get; init; } = 0.3;

    /// <summary>The contrast factor is uniform in 1 plus or minus this, in [0, 1].</summary>
    public double Contrast { get; init; } = 0.3;

    /// <summary>The saturation factor is uniform in 1 plus or minus this, in [0, 1].</summary>
    public double Saturation { get; init; } = 0.2;

    /// <summary>How often the image is made grey, in [0, 1].</summary>
    public double GrayscaleProbability { get; init; } = 0.3;

    /// <summary>How often the image is mirrored left to right, in [0, 1].</summary>
    public double FlipProbability { get; init; } = 0.5;
}
