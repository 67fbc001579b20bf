using System.ComponentModel.DataAnnotations;

namespace SsMfar.Augmentation;

/// <summary>What RandAugment (Cubuk et al., 2019) chooses from, and how often.</summary>
public sealed class RandAugmentOptions
{
    /// <summary>Gets or sets how many operations each image gets, drawn with replacement, at least 0. The default is 3.</summary>
    [Range(0, 1000)]
    public int Operations { get; set; } = 3;

    /// <summary>Gets or sets what is chosen from. The default is the published code's list.</summary>
    [EnumDataType(typeof(RandAugmentSpace))]
    public RandAugmentSpace Space { get; set; }

    /// <summary>Gets what is chosen from: of <see cref="Space"/> unless given.</summary>
    internal IReadOnlyList<RandAugmentChoice> Choices
    {
        get => field ?? RandAugmentChoice.Of(Space);
        init;
    }
}
