namespace SsMfar.Augmentation;

/// <summary>A colour, 0 to 255 a channel; fractions are allowed.</summary>
/// <param name="Red">The red channel.</param>
/// <param name="Green">The green channel.</param>
/// <param name="Blue">The blue channel.</param>
public readonly record struct RgbColor(float Red, float Green, float Blue)
{
    /// <summary>(125, 123, 114), with which the published code's cutout fills.</summary>
    public static RgbColor PublishedCutout => new(125, 123, 114);

    /// <summary>ImageNet's mean colour: zero after normalisation, as torchvision's <c>RandomErasing</c> leaves it.</summary>
    public static RgbColor ImageNetMean => new(0.485f * 255, 0.456f * 255, 0.406f * 255);
}
