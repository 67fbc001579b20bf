using System.ComponentModel.DataAnnotations;

namespace SsMfar.SemiSupervised;

/// <summary>How <see cref="FixedThresholdPolicy"/> decides.</summary>
public sealed class FixedThresholdOptions
{
    /// <summary>Gets or sets tau of FixMatch (Sohn et al., 2020), in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; set; } = 0.95;

    /// <summary>Gets or sets when a probability passes; FixMatch says greater or equal.</summary>
    [EnumDataType(typeof(ThresholdComparison))]
    public ThresholdComparison Comparison { get; set; } = ThresholdComparison.GreaterOrEqual;

    internal FixedThresholdOptions Copy() => (FixedThresholdOptions)MemberwiseClone();
}
