namespace SsMfar.Losses;

/// <summary>What mixup (Zhang et al., 2018) mixes for a task whose images were mixed as x = l * x1 + (1 - l) * x2.</summary>
public enum LabelMixing
{
    /// <summary>
    /// The losses: l * L(f(x), y1) + (1 - l) * L(f(x), y2), each over the rows that have the label. For a loss that is a sum over rows. It
    /// needs nothing of the labels, and equals the paper's mixed labels where the loss is linear in them (both cross entropies).
    /// </summary>
    Losses,

    /// <summary>
    /// The label values: L(f(x), l * y1 + (1 - l) * y2), over the rows of which both labels are known. For continuous labels and a loss
    /// that is a statistic of the batch, such as the CCC, whose optimum for two targets in turn is not that for their mixture.
    /// <see cref="TaskLossInput.Counts"/> stay those of the labels before: a mean over rows divides by the mask's sum.
    /// </summary>
    Values,
}
