using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>The features' treatment and the built-in heads' width.</summary>
public sealed class HeadOptions
{
    /// <summary>Gets or sets the hidden units of a head (of each action unit's, too), at least 1. The paper's code: 16.</summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 128;

    /// <summary>Gets or sets the dropout probability of the pooled features, in [0, 0.95].</summary>
    [Range(0.0, 0.95)]
    public double Dropout { get; set; } = 0.2;

    /// <summary>Gets or sets whether features are divided by their L2 norm, after dropout.</summary>
    public bool L2Normalize { get; set; }
}
