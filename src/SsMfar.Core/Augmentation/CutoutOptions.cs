using System.ComponentModel.DataAnnotations;
using SsMfar.Imaging;

namespace SsMfar.Augmentation;

/// <summary>What cutout paints.</summary>
public sealed class CutoutOptions
{
    /// <summary>Gets or sets the largest side as a share of the image's width, in [0, 1]. The default is 0.5.</summary>
    [Range(0.0, 1.0)]
    public double MaximumSide { get; set; } = 0.5;

    /// <summary>Gets or sets the square's colour, 0 to 255 a channel. The default, (125, 123, 114), is the published code's.</summary>
    public ChannelValues Fill { get; set; } = new(125, 123, 114);

    internal CutoutOptions Copy() => (CutoutOptions)MemberwiseClone();
}
