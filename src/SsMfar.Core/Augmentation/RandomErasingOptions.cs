namespace SsMfar.Augmentation;

/// <summary>What random erasing paints; the defaults are torchvision's.</summary>
public sealed record RandomErasingOptions
{
    /// <summary>How often a box is painted, in [0, 1].</summary>
    public double Probability { get; init; } = 0.5;

    /// <summary>The smallest share of the image's area, above 0.</summary>
    public double MinimumScale { get; init; } = 0.02;

    /// <summary>The largest share of the image's area, at most 1.</summary>
    public double MaximumScale { get; init; } = 0.33;

    /// <summary>The smallest height / width, above 0; ratios are drawn log-uniformly.</summary>
    public double MinimumRatio { get; init; } = 0.3;

    /// <summary>The largest height / width.</summary>
    public double MaximumRatio { get; init; } = 3.3;

    /// <summary>The box's colour.</summary>
    public RgbColor Fill { get; init; } = RgbColor.ImageNetMean;
}
