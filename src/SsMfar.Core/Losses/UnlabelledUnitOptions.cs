using System.ComponentModel.DataAnnotations;

namespace SsMfar.Losses;

/// <summary>What <see cref="ActionUnitLoss"/> learns of entries without a label, where a policy gives them pseudo-labels.</summary>
public sealed class UnlabelledUnitOptions
{
    /// <summary>
    /// Gets or sets the weight of the binary cross entropy of the strong views against confident pseudo-labels, over all entries without a
    /// label; not negative.
    /// </summary>
    [Range(0.0, double.MaxValue)]
    public double Unsupervised { get; set; } = 1;

    /// <summary>
    /// Gets or sets the weight of the symmetric KL divergence of the two views, over the entries without a label that are not confident;
    /// not negative, 0 for none.
    /// </summary>
    [Range(0.0, double.MaxValue)]
    public double Consistency { get; set; }

    /// <summary>
    /// Gets or sets whether a unit's positive weight counts for its pseudo-labels, too. It is in the labels' loss already, and so in what
    /// the weak views take for present.
    /// </summary>
    public bool UsePositiveWeights { get; set; }

    internal UnlabelledUnitOptions Copy() => (UnlabelledUnitOptions)MemberwiseClone();
}
