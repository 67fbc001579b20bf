using System.ComponentModel.DataAnnotations;

namespace SsMfar.Losses;

/// <summary>
/// The weights of L_exp = l1 * L_CE^s + l2 * L_CE^u + l3 * L_KL^c (section 2.7 of the SS-MFAR paper).
/// </summary>
/// <param name="Supervised">l1, of the cross entropy on labelled rows; not negative.</param>
/// <param name="Unsupervised">l2, of the cross entropy on confident pseudo-labels; not negative.</param>
/// <param name="Consistency">l3, of the symmetric KL divergence on the other rows; not negative.</param>
/// <param name="WithoutUnlabelled">
/// What replaces l1 in a batch in which no row has a strong view, or null to keep it. The published code, unlike the paper, uses 1.
/// </param>
public sealed record ExpressionLossWeights(
    [property: Range(0.0, double.MaxValue)] double Supervised,
    [property: Range(0.0, double.MaxValue)] double Unsupervised,
    [property: Range(0.0, double.MaxValue)] double Consistency,
    [property: Range(0.0, double.MaxValue)] double? WithoutUnlabelled = null)
{
    /// <summary>1, 0, 0: learning from labelled rows alone (MFAR).</summary>
    public static ExpressionLossWeights SupervisedOnly { get; } = new(1, 0, 0);

    /// <summary>The paper's 0.5, 1, 0.1.</summary>
    public static ExpressionLossWeights Paper { get; } = new(0.5, 1, 0.1);

    /// <summary>The published code's 0.5, 0.5, 0.5, and 1, 0, 0 in a batch without an unlabelled row.</summary>
    public static ExpressionLossWeights Published { get; } = new(0.5, 0.5, 0.5, 1);
}
