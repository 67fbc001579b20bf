using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>What a task's loss is computed from. N rows, W label values a row, K outputs a row, S rows with a strong view.</summary>
public sealed record TaskLossInput
{
    /// <summary>floating point [N, K]: the outputs for the weak views.</summary>
    public required torch.Tensor Weak { get; init; }

    /// <summary>floating point [N, W]: the labels; 0 where unknown. A class label is its index.</summary>
    public required torch.Tensor Values { get; init; }

    /// <summary>floating point [N, W]: 1 where the label is known, else 0.</summary>
    public required torch.Tensor Mask { get; init; }

    /// <summary>How many labels the batch has, known on the host so that a mean needs no read-back.</summary>
    public required LossCounts Counts { get; init; }

    /// <summary>The outputs for the strong views, or null when no row has one.</summary>
    public StrongViews? Strong { get; init; }

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; init; } = 1;
}

/// <summary>The strong side of a batch.</summary>
/// <param name="Outputs">floating point [S, K]: the outputs for the strong views.</param>
/// <param name="Rows">int64 [S]: which rows of the batch they are views of.</param>
/// <param name="PseudoLabels">The policy's pseudo-labels, or null for a task or policy without.</param>
public sealed record StrongViews(torch.Tensor Outputs, torch.Tensor Rows, PseudoLabels? PseudoLabels);

/// <summary>
/// What means are divided by. With gradient accumulation these count the whole effective batch, while CCC and KL, which are not sums
/// over rows, are computed per micro-batch and divided by <paramref name="MicroBatches"/>.
/// </summary>
/// <param name="ValidEntries">How many label entries are known (rows for a one-column task).</param>
/// <param name="StrongRows">How many rows have a strong view (SS-MFAR: the unlabelled rows).</param>
/// <param name="MicroBatches">How many micro-batches make the effective batch; 1 without accumulation.</param>
public sealed record LossCounts(int ValidEntries, int StrongRows, int MicroBatches = 1);
