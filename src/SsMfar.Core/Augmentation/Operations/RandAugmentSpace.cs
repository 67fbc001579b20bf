namespace SsMfar.Augmentation;

/// <summary>Which operations RandAugment chooses from, each as likely as the others, and how strong they are.</summary>
public enum RandAugmentSpace
{
    /// <summary>
    /// SS-MFAR's published code: each magnitude uniform in the operation's range. Its 0.05 to 0.95 is the factor of PIL's enhancers, so
    /// these operations only ever darken, grey, flatten and smooth.
    /// </summary>
    Published,

    /// <summary>torchvision's at magnitude bin 9 of 31, a fair coin for the sign of moves and enhancements.</summary>
    Torchvision,
}
