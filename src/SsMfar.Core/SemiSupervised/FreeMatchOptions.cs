using System.ComponentModel.DataAnnotations;

namespace SsMfar.SemiSupervised;

/// <summary>How <see cref="FreeMatchPolicy"/> decides; the defaults are the paper's.</summary>
public sealed class FreeMatchOptions
{
    /// <summary>Gets or sets lambda: how much of the running means a step keeps, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Momentum { get; set; } = 0.999;

    /// <summary>
    /// Gets or sets w_f: the weight of the fairness loss, finite and not negative; 0 for none. The paper chooses it by data set; 0.01 is
    /// the default of its authors' code.
    /// </summary>
    [Range(0.0, double.MaxValue)]
    public double FairnessWeight { get; set; } = 0.01;

    /// <summary>Gets or sets when a probability passes.</summary>
    [EnumDataType(typeof(ThresholdComparison))]
    public ThresholdComparison Comparison { get; set; } = ThresholdComparison.Greater;

    internal FreeMatchOptions Copy() => (FreeMatchOptions)MemberwiseClone();
}
