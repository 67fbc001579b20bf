using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>The weak outputs of one step, which a policy learns from; no tensor carries a gradient.</summary>
/// <param name="Probabilities">floating point [N, K]: softmax of the weak expression logits of every row of the batch.</param>
/// <param name="Classes">int64 [N]: the expression labels; any value in 0..K-1 where unknown.</param>
/// <param name="Labelled">floating point [N]: 1 where the label is known, else 0.</param>
/// <param name="RowIds">int64 [N]: the rows' indices in the training set.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">The optimizer step, from 0, over the whole training.</param>
public sealed record PolicyObservation(
    torch.Tensor Probabilities, torch.Tensor Classes, torch.Tensor Labelled, torch.Tensor RowIds, int Epoch, long Step);
