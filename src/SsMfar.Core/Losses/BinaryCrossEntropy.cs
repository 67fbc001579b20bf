using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>Binary cross entropy on logits, equation 6 of the SS-MFAR paper with the positive weights of its equation 2.</summary>
public static class BinaryCrossEntropy
{
    /// <summary>
    /// The mean over the valid entries: sum(mask * -(p * y * log s(x) + (1 - y) * log(1 - s(x)))) / validEntries, s the logistic
    /// function and p the positive weight. Computed from the logits, so it is finite, in value and gradient, for any finite logits.
    /// Exactly 0, with gradient 0, when no entry is valid.
    /// </summary>
    /// <param name="logits">floating point [N, U].</param>
    /// <param name="targets">floating point [N, U], of the logits' type, in [0, 1]; any of it where the mask is 0.</param>
    /// <param name="mask">floating point [N, U], of the logits' type: 1 for a valid entry, else 0.</param>
    /// <param name="validEntries">What the sum is divided by; below 1 counts as 1.</param>
    /// <param name="positiveWeights">floating point [U], of the logits' type and device, or null for none.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor Masked(
        torch.Tensor logits, torch.Tensor targets, torch.Tensor mask, int validEntries, torch.Tensor? positiveWeights = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor entries = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, targets, reduction: torch.nn.Reduction.None, pos_weights: positiveWeights);
        return ((entries * mask).sum() / Scalars.Of(Math.Max(1, validEntries))).MoveToOuterDisposeScope();
    }
}
