using TorchSharp;

namespace SsMfar.Losses;

/// <summary>Class-weighted cross entropy, equation 5 of the SS-MFAR paper with the weights of its equation 1.</summary>
public static class CrossEntropy
{
    /// <summary>
    /// The weighted cross entropy of each row: w[y] * -log softmax(x)[y]. Finite, in value and gradient, for any finite logits whose
    /// differences are finite.
    /// </summary>
    /// <param name="logits">floating point [N, K].</param>
    /// <param name="classes">int64 [N]: the class of each row, 0 to K-1.</param>
    /// <param name="classWeights">floating point [K], of the logits' type and device, or null for none.</param>
    /// <returns>[N], of the logits' type; the caller disposes it.</returns>
    public static torch.Tensor PerRow(torch.Tensor logits, torch.Tensor classes, torch.Tensor? classWeights = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(classes);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor rows = torch.nn.functional.log_softmax(logits, 1).gather(1, classes.unsqueeze(1)).squeeze(1).neg();
        if (classWeights is not null)
        {
            rows = rows * classWeights.index_select(0, classes);
        }

        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The plain mean of the weighted cross entropy over the valid rows, not divided by the sum of the weights:
    /// sum(mask * <see cref="PerRow"/>) / validRows. Exactly 0, with gradient 0, when no row is valid.
    /// </summary>
    /// <param name="logits">floating point [N, K].</param>
    /// <param name="classes">int64 [N]: the class of each row, 0 to K-1; any of them where the mask is 0.</param>
    /// <param name="mask">floating point [N], of the logits' type: 1 for a valid row, else 0.</param>
    /// <param name="validRows">What the sum is divided by; below 1 counts as 1.</param>
    /// <param name="classWeights">floating point [K], of the logits' type and device, or null for none.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor Masked(
        torch.Tensor logits, torch.Tensor classes, torch.Tensor mask, int validRows, torch.Tensor? classWeights = null)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = torch.NewDisposeScope();
        return ((PerRow(logits, classes, classWeights) * mask).sum() / Math.Max(1, validRows)).MoveToOuterDisposeScope();
    }
}
