using System.ComponentModel.DataAnnotations;

namespace SsMfar.Losses;

/// <summary>
/// The weights of L_exp = l1 * L_CE^s + l2 * L_CE^u + l3 * L_KL^c (section 2.7 of the SS-MFAR paper). The defaults are those of the
/// Recommended recipe: 1, 1, 0.1, and a limit of 0.5.
/// </summary>
public sealed class ExpressionLossWeights
{
    /// <summary>Makes the default weights: 1, 1, 0.1, and a limit of 0.5.</summary>
    public ExpressionLossWeights()
    {
    }

    /// <summary>Makes weights without a limit (<see cref="PseudoLabelLimit"/>).</summary>
    /// <param name="supervised">l1.</param>
    /// <param name="unsupervised">l2.</param>
    /// <param name="consistency">l3.</param>
    /// <param name="withoutUnlabelled">What replaces l1 in a batch in which no row has a strong view; null keeps it.</param>
    public ExpressionLossWeights(double supervised, double unsupervised, double consistency, double? withoutUnlabelled = null) =>
        (Supervised, Unsupervised, Consistency, WithoutUnlabelled, PseudoLabelLimit) =
            (supervised, unsupervised, consistency, withoutUnlabelled, null);

    /// <summary>Gets 1, 0, 0: learning from labelled rows alone (MFAR).</summary>
    public static ExpressionLossWeights SupervisedOnly => new(1, 0, 0);

    /// <summary>Gets the paper's 0.5, 1, 0.1.</summary>
    public static ExpressionLossWeights Paper => new(0.5, 1, 0.1);

    /// <summary>Gets the published code's 0.5, 0.5, 0.5, and 1, 0, 0 in a batch without an unlabelled row.</summary>
    public static ExpressionLossWeights Published => new(0.5, 0.5, 0.5, 1);

    /// <summary>Gets or sets l1, the weight of the cross entropy on labelled rows; not negative.</summary>
    [Range(0.0, double.MaxValue)]
    public double Supervised { get; set; } = 1;

    /// <summary>Gets or sets l2, the weight of the cross entropy on confident pseudo-labels; not negative.</summary>
    [Range(0.0, double.MaxValue)]
    public double Unsupervised { get; set; } = 1;

    /// <summary>Gets or sets l3, the weight of the symmetric KL divergence on the other rows; not negative.</summary>
    [Range(0.0, double.MaxValue)]
    public double Consistency { get; set; } = 0.1;

    /// <summary>
    /// Gets or sets what replaces l1 in a batch in which no row has a strong view; <see langword="null"/>, the default, keeps it. The
    /// published code, unlike the paper, uses 1.
    /// </summary>
    [Range(0.0, double.MaxValue)]
    public double? WithoutUnlabelled { get; set; }

    /// <summary>
    /// Gets or sets whether a pseudo-label weighs as much as a label of its class (Eq. 1), as in the SS-MFAR paper; the default. Otherwise
    /// pseudo-labels weigh alike, and a class that is wrongly chosen gains nothing from being rare.
    /// </summary>
    public bool PseudoLabelClassWeights { get; set; } = true;

    /// <summary>
    /// Gets or sets the most that a pseudo-label may weigh in a step, as a share of what a label weighs there; above 0, 0.5 by default, or
    /// <see langword="null"/> for no limit, as in the paper. Both terms are means, l1's over L labelled rows and l2's over U others, so
    /// that where U is small each pseudo-label outweighs a label by L / U: l2 is then lowered to limit * l1 * U / L. Where l1 is 0 there is
    /// no limit.
    /// </summary>
    [Range(double.Epsilon, double.MaxValue)]
    public double? PseudoLabelLimit { get; set; } = 0.5;

    /// <summary>The weight of the cross entropy on pseudo-labels in a step.</summary>
    /// <param name="labelled">L.</param>
    /// <param name="unlabelled">U.</param>
    internal double UnsupervisedIn(int labelled, int unlabelled) => PseudoLabelLimit is { } limit && labelled > 0 && Supervised > 0
        ? Math.Min(Unsupervised, limit * Supervised * unlabelled / labelled)
        : Unsupervised;

    internal ExpressionLossWeights Copy() => (ExpressionLossWeights)MemberwiseClone();
}
