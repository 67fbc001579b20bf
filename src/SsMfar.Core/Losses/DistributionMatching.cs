using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// A coupling of two tasks, classes (expressions) and yes-or-no labels (units) that go together: the classes' probabilities say which units
/// to expect, and the units' predictions are matched with that, whether a row has labels or not. After Kollias, Sharmanska and Zafeiriou,
/// "Distribution Matching for Heterogeneous Multi-Task Learning: a Large-scale Face Study" (2021).
/// </summary>
public static class DistributionMatching
{
    private const double LeastWeight = 1e-12;

    /// <summary>
    /// q(u) = sum_c p(c) p(u|c), the mixture of the paper, over the classes of which p(u|c) is known, and divided by their probability
    /// w(u) = sum_c p(c): in the paper, which knows all, w is 1. The loss is the mean over all rows and units of
    /// w(u) * (-q(u) log s(x(u)) - (1 - q(u)) log(1 - s(x(u)))), s the logistic function, divided by the number of micro-batches. So a row
    /// of a class that says nothing of a unit adds nothing. w carries no gradient.
    /// </summary>
    /// <param name="classLogits">floating point [N, K].</param>
    /// <param name="unitLogits">floating point [N, U].</param>
    /// <param name="shares">floating point [K, U], of the logits' type: p(u|c), in [0, 1]; 0 where unknown.</param>
    /// <param name="known">floating point [K, U], of the logits' type: 1 where p(u|c) is known, else 0.</param>
    /// <param name="bothWays">Whether the gradient reaches the classes through q, as in the paper; the units alone otherwise.</param>
    /// <param name="microBatches">How many micro-batches make the effective batch; below 1 counts as 1.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor Compute(
        torch.Tensor classLogits,
        torch.Tensor unitLogits,
        torch.Tensor shares,
        torch.Tensor known,
        bool bothWays = true,
        int microBatches = 1)
    {
        ArgumentNullException.ThrowIfNull(classLogits);
        ArgumentNullException.ThrowIfNull(unitLogits);
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(known);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor probabilities = (bothWays ? classLogits : classLogits.detach()).softmax(1);
        torch.Tensor weights = probabilities.matmul(known);
        torch.Tensor expected = (probabilities.matmul(shares * known) / weights.clamp_min(Scalars.Of(LeastWeight)))
            .clamp(Scalars.Of(0.0), Scalars.Of(1.0));

        torch.Tensor entries = torch.nn.functional.binary_cross_entropy_with_logits(
            unitLogits, expected, reduction: torch.nn.Reduction.None);
        return ((entries * weights.detach()).mean() / Scalars.Of(Math.Max(1, microBatches))).MoveToOuterDisposeScope();
    }
}
