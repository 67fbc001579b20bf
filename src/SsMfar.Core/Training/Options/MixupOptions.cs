using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>
/// Mixing of rows and labels (Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018). Weak views of rows without a strong view
/// are mixed, each with one that has labels of the same tasks; it does nothing where every row has a strong view.
/// </summary>
public sealed class MixupOptions
{
    /// <summary>
    /// Gets or sets alpha of Beta(alpha, alpha), which a micro-batch's lambda is drawn from, in [0.001, 100]; null for no mixing.
    /// </summary>
    [Range(1e-3, 100.0)]
    public double? Alpha { get; set; }

    /// <summary>
    /// Gets or sets the share of rows that are mixed, in [0, 1]; the paper's is 1. The others show what the model says of faces as they
    /// are, which SS-MFAR's thresholds are learned from: with a share of 1 and pseudo-labels they hardly change, or fall to the floor where
    /// <see cref="SsMfar.SemiSupervised.AdaptiveThresholdOptions.MissingClass"/> says so.
    /// </summary>
    [Range(0.0, 1.0)]
    public double Share { get; set; } = 0.5;
}
