using System.ComponentModel.DataAnnotations;

namespace SsMfar.Losses;

/// <summary>By what strong views of rows without valence and arousal are compared with the teacher's estimate.</summary>
public enum UnlabelledValueLoss
{
    /// <summary>
    /// 1 - CCC over the micro-batch's entries without a label (<see cref="Concordance.MaskedLoss"/>), as labels are learned.
    /// </summary>
    Concordance,

    /// <summary>The mean square of the difference.</summary>
    MeanSquared,

    /// <summary>
    /// The mean of |d| - 0.05 for a difference d beyond 0.1, else 5 d squared: the smooth L1 loss, whose quadratic part ends at 0.1.
    /// </summary>
    SmoothL1,
}

/// <summary>What <see cref="ValenceArousalLoss"/> learns of entries without a label, where a policy gives them targets.</summary>
public sealed class UnlabelledValueOptions
{
    /// <summary>Gets or sets by what outputs and targets are compared.</summary>
    [EnumDataType(typeof(UnlabelledValueLoss))]
    public UnlabelledValueLoss Kind { get; set; } = UnlabelledValueLoss.Concordance;

    /// <summary>Gets or sets the weight beside the loss on labels, once the ramp is over; not negative.</summary>
    [Range(0.0, double.MaxValue)]
    public double Weight { get; set; } = 1;

    /// <summary>
    /// Gets or sets over how many epochs the weight rises, by the course of <see cref="RampUpOptions"/> and from the end of its warm-up on:
    /// the averaged weights are no teacher at first. 0 for the whole weight at once. A ramp-up of every task is multiplied with it.
    /// </summary>
    [Range(0, 100_000)]
    public int RampUpEpochs { get; set; } = 5;

    /// <summary>Gets or sets whether the weak views of those rows are held to the targets as well as the strong ones.</summary>
    public bool WeakViews { get; set; }

    internal UnlabelledValueOptions Copy() => (UnlabelledValueOptions)MemberwiseClone();
}
