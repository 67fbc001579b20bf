using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>What a task's loss is computed from. N rows, W label values a row, K outputs a row, S rows with a strong view.</summary>
public sealed record TaskLossInput
{
    /// <summary>Gets the outputs for the weak views, floating-point [N, K].</summary>
    public required torch.Tensor Weak { get; init; }

    /// <summary>Gets the labels, floating-point [N, W]; 0 where unknown. A class label is its index.</summary>
    public required torch.Tensor Values { get; init; }

    /// <summary>Gets 1 where a label is known, else 0; floating-point [N, W].</summary>
    public required torch.Tensor Mask { get; init; }

    /// <summary>
    /// Gets what the losses of the rows' labels are multiplied by, floating-point [N, 1], from 0; null where every row counts as 1. What is
    /// learned without labels goes unweighted, and means are divided by <see cref="Counts"/> as without weights.
    /// </summary>
    public torch.Tensor? Weights { get; init; }

    /// <summary>Gets how many labels the batch has, known on the host so that a mean needs no read-back.</summary>
    public required LossCounts Counts { get; init; }

    /// <summary>Gets the strong views that the task's policy asked for, of a task without one all; null when there is none.</summary>
    public StrongViews? Strong { get; init; }

    /// <summary>Gets the epoch, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Gets 0 of values that no row of the training set has, else 1; float32 [1, W], null where every value is had.</summary>
    internal torch.Tensor? Learnable { get; init; }

    /// <summary>The mask, of the outputs' type, times the weights of the rows: what a sum over labels is multiplied by.</summary>
    /// <returns>floating-point [N, W]; the current dispose scope owns it.</returns>
    internal torch.Tensor WeightedMask() =>
        Weights is { } weights ? Mask.to(Weak.dtype) * weights.to(Weak.dtype) : Mask.to(Weak.dtype);

    /// <summary>
    /// Whether labels teach, where rows have weights, which alone may take that from them: a scalar without gradient, 0 where there are
    /// labels and none weighs anything, else 1, also in a micro-batch without labels of a step that has some. Null where
    /// <see cref="Counts"/> say it.
    /// </summary>
    internal torch.Tensor? AnyWeighted() => Weights is null || Counts.ValidEntries == 0 ? null
        : WeightedMask().detach().gt(Scalars.Of(0)).any().logical_or(Mask.gt(Scalars.Of(0)).any().logical_not()).to(Weak.dtype);
}

/// <summary>The strong side of a batch.</summary>
public sealed class StrongViews
{
    /// <summary>Creates the value.</summary>
    /// <param name="outputs">floating point [S, K]: the outputs for the strong views.</param>
    /// <param name="rows">int64 [S]: which rows of the batch they are views of.</param>
    /// <param name="pseudoLabels">The policy's pseudo-labels, or null for a task or policy without.</param>
    public StrongViews(torch.Tensor outputs, torch.Tensor rows, PseudoLabels? pseudoLabels) =>
        (Outputs, Rows, PseudoLabels) = (outputs, rows, pseudoLabels);

    /// <summary>Gets the outputs for the strong views, floating-point [S, K].</summary>
    public torch.Tensor Outputs { get; }

    /// <summary>Gets which rows of the batch they are views of, int64 [S].</summary>
    public torch.Tensor Rows { get; }

    /// <summary>Gets the policy's pseudo-labels, or null for a task or policy without.</summary>
    public PseudoLabels? PseudoLabels { get; }
}

/// <summary>
/// What means are divided by. With gradient accumulation these count the whole effective batch, while CCC and KL, which are not sums
/// over rows, are computed per micro-batch and divided by <see cref="MicroBatches"/>.
/// </summary>
public sealed class LossCounts
{
    /// <summary>Creates the value.</summary>
    /// <param name="validEntries">How many label entries are known (rows for a one-column task).</param>
    /// <param name="strongRows">How many rows have a strong view for the task (SS-MFAR: those without its label).</param>
    /// <param name="microBatches">How many micro-batches make the effective batch; 1 without accumulation.</param>
    public LossCounts(int validEntries, int strongRows, int microBatches = 1) =>
        (ValidEntries, StrongRows, MicroBatches) = (validEntries, strongRows, microBatches);

    /// <summary>Gets how many label entries are known (rows for a one-column task).</summary>
    public int ValidEntries { get; }

    /// <summary>Gets how many rows have a strong view for the task (SS-MFAR: those without its label).</summary>
    public int StrongRows { get; }

    /// <summary>Gets how many micro-batches make the effective batch; 1 without accumulation.</summary>
    public int MicroBatches { get; }

    /// <summary>Gets how many label entries of the rows with a strong view are unknown; 0 unless given.</summary>
    public int UnlabelledEntries { get; init; }
}
