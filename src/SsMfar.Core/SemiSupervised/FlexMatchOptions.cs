using System.ComponentModel.DataAnnotations;

namespace SsMfar.SemiSupervised;

/// <summary>How <see cref="FlexMatchPolicy"/> decides; the defaults are the paper's.</summary>
public sealed class FlexMatchOptions
{
    /// <summary>Gets or sets tau: what the thresholds rise to, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; set; } = 0.95;

    /// <summary>Gets or sets whether the rows not yet used hold all thresholds down at first (threshold warm-up, equation 11).</summary>
    public bool WarmUp { get; set; } = true;

    /// <summary>Gets or sets when a probability passes.</summary>
    [EnumDataType(typeof(ThresholdComparison))]
    public ThresholdComparison Comparison { get; set; } = ThresholdComparison.Greater;

    internal FlexMatchOptions Copy() => (FlexMatchOptions)MemberwiseClone();
}
