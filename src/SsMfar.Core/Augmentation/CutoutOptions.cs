namespace SsMfar.Augmentation;

/// <summary>What cutout paints.</summary>
public sealed record CutoutOptions
{
    /// <summary>The largest side as a share of the image's width, in [0, 1].</summary>
    public double MaximumSide { get; init; } = 0.5;

    /// <summary>The square's colour.</summary>
    public RgbColor Fill { get; init; } = RgbColor.PublishedCutout;
}
