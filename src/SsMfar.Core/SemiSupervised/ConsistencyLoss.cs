using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>Symmetric KL divergence of the weak and strong views, equation 8 of the SS-MFAR paper, in natural logarithms.</summary>
public static class ConsistencyLoss
{
    // Below the least weight (1 - confidence) that a policy gives in float32, above that type's least normal number.
    private const double LeastWeight = 1e-12;

    /// <summary>
    /// sum_k p log(p/q) + q log(q/p) of each row, p and q the softmax of the logits. Finite, in value and gradient, for any finite
    /// logits whose differences are finite; the gradient reaches both sides.
    /// </summary>
    /// <param name="weakLogits">floating point [S, K].</param>
    /// <param name="strongLogits">floating point [S, K].</param>
    /// <returns>[S]; the caller disposes it.</returns>
    public static torch.Tensor PerRow(torch.Tensor weakLogits, torch.Tensor strongLogits)
    {
        ArgumentNullException.ThrowIfNull(weakLogits);
        ArgumentNullException.ThrowIfNull(strongLogits);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logP = torch.nn.functional.log_softmax(weakLogits, 1);
        torch.Tensor logQ = torch.nn.functional.log_softmax(strongLogits, 1);
        return ((logP.exp() - logQ.exp()) * (logP - logQ)).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mean of <see cref="PerRow"/> over the non-confident rows, each weighing 1 - confidence, divided by the number of
    /// micro-batches (a mean over rows whose number only the device knows is taken per micro-batch). Exactly 0, with gradient 0,
    /// when every row is confident.
    /// </summary>
    /// <param name="weakLogits">floating point [S, K]: the weak views of the rows.</param>
    /// <param name="strongLogits">floating point [S, K]: their strong views.</param>
    /// <param name="confidence">floating point [S] in [0, 1]: the weight of each row's pseudo-label.</param>
    /// <param name="microBatches">How many micro-batches make the effective batch; below 1 counts as 1.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor Compute(torch.Tensor weakLogits, torch.Tensor strongLogits, torch.Tensor confidence, int microBatches = 1)
    {
        ArgumentNullException.ThrowIfNull(weakLogits);
        ArgumentNullException.ThrowIfNull(strongLogits);
        ArgumentNullException.ThrowIfNull(confidence);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weights = confidence.detach().to(weakLogits.dtype).From(1);
        torch.Tensor sum = (PerRow(weakLogits, strongLogits) * weights).sum();
        return (sum / (weights.sum().clamp_min(Scalars.Of(LeastWeight)) * Scalars.Of(Math.Max(1, microBatches)))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The symmetric KL divergence of each yes-or-no label, of which p and q are the probabilities in the two views:
    /// (p - q) * (x - y), x and y the logits, which is p log(p/q) + q log(q/p) + (1-p) log((1-p)/(1-q)) + (1-q) log((1-q)/(1-p)). The
    /// gradient reaches both sides.
    /// </summary>
    /// <param name="weakLogits">floating point [S, U].</param>
    /// <param name="strongLogits">floating point [S, U].</param>
    /// <returns>[S, U]; the caller disposes it.</returns>
    public static torch.Tensor PerUnit(torch.Tensor weakLogits, torch.Tensor strongLogits)
    {
        ArgumentNullException.ThrowIfNull(weakLogits);
        ArgumentNullException.ThrowIfNull(strongLogits);
        using DisposeScope scope = torch.NewDisposeScope();
        return ((weakLogits.sigmoid() - strongLogits.sigmoid()) * (weakLogits - strongLogits)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mean of <see cref="PerUnit"/> over the entries that have no label and are not confident, each weighing 1 - confidence, divided
    /// by the number of micro-batches. Exactly 0, with gradient 0, when there is none.
    /// </summary>
    /// <param name="weakLogits">floating point [S, U]: the weak views of the rows.</param>
    /// <param name="strongLogits">floating point [S, U]: their strong views.</param>
    /// <param name="confidence">floating point [S, U] in [0, 1]: the weight of each entry's pseudo-label.</param>
    /// <param name="unlabelled">floating point [S, U]: 1 where an entry has no label, else 0.</param>
    /// <param name="microBatches">How many micro-batches make the effective batch; below 1 counts as 1.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor ComputeUnits(
        torch.Tensor weakLogits, torch.Tensor strongLogits, torch.Tensor confidence, torch.Tensor unlabelled, int microBatches = 1)
    {
        ArgumentNullException.ThrowIfNull(weakLogits);
        ArgumentNullException.ThrowIfNull(strongLogits);
        ArgumentNullException.ThrowIfNull(confidence);
        ArgumentNullException.ThrowIfNull(unlabelled);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weights = confidence.detach().to(weakLogits.dtype).From(1) * unlabelled.to(weakLogits.dtype);
        torch.Tensor sum = (PerUnit(weakLogits, strongLogits) * weights).sum();
        return (sum / (weights.sum().clamp_min(Scalars.Of(LeastWeight)) * Scalars.Of(Math.Max(1, microBatches)))).MoveToOuterDisposeScope();
    }
}
