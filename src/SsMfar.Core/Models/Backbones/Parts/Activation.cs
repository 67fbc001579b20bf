namespace SsMfar.Models;

/// <summary>What follows a normalised convolution.</summary>
internal enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>x where it is positive, else x times a learned number of its channel (He et al., 2015).</summary>
    PRelu,
}
