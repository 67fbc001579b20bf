using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>The weak outputs of one step, which a policy learns from; no tensor carries a gradient.</summary>
public sealed class PolicyObservation
{
    /// <summary>Creates an observation.</summary>
    /// <param name="probabilities">floating point [N, K]: softmax of the weak expression logits of every row of the batch.</param>
    /// <param name="classes">int64 [N]: the expression labels; any value in 0..K-1 where unknown.</param>
    /// <param name="labelled">floating point [N]: 1 where the label is known, else 0.</param>
    /// <param name="rowIds">int64 [N]: the rows' indices in the training set.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The optimizer step, from 0, over the whole training.</param>
    public PolicyObservation(
        torch.Tensor probabilities,
        torch.Tensor classes,
        torch.Tensor labelled,
        torch.Tensor rowIds,
        int epoch,
        long step) =>
        (Probabilities, Classes, Labelled, RowIds, Epoch, Step) = (probabilities, classes, labelled, rowIds, epoch, step);

    /// <summary>Gets floating-point [N, K]: softmax of the weak expression logits of every row of the batch.</summary>
    public torch.Tensor Probabilities { get; }

    /// <summary>Gets int64 [N]: the expression labels; any value in 0..K-1 where unknown.</summary>
    public torch.Tensor Classes { get; }

    /// <summary>Gets floating-point [N]: 1 where the label is known, else 0.</summary>
    public torch.Tensor Labelled { get; }

    /// <summary>Gets int64 [N]: the rows' indices in the training set.</summary>
    public torch.Tensor RowIds { get; }

    /// <summary>Gets the epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Gets the optimizer step, from 0, over the whole training.</summary>
    public long Step { get; }

    /// <summary>The same step with other probabilities.</summary>
    internal PolicyObservation With(torch.Tensor probabilities) => new(probabilities, Classes, Labelled, RowIds, Epoch, Step);
}
