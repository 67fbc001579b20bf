using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// Class-weighted cross entropy, equation 5 of the SS-MFAR paper with the weights of its equation 1, and with label smoothing where that
/// is asked for (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 7).
/// </summary>
public static class CrossEntropy
{
    /// <summary>
    /// The weighted cross entropy of each row: w[y] * -log softmax(x)[y]. With label smoothing e it is
    /// (1 - e) * w[y] * -log softmax(x)[y] + e / K * sum_c w[c] * -log softmax(x)[c]: each class of the smoothed label has the weight of
    /// its own, as in PyTorch's <c>cross_entropy(x, y, weight=w, label_smoothing=e, reduction="none")</c>. Finite, in value and
    /// gradient, for any finite logits whose differences are finite.
    /// </summary>
    /// <param name="logits">floating point [N, K].</param>
    /// <param name="classes">int64 [N]: the class of each row, 0 to K-1.</param>
    /// <param name="classWeights">floating point [K], of the logits' type and device, or null for none.</param>
    /// <param name="labelSmoothing">e, in [0, 1).</param>
    /// <returns>[N], of the logits' type; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labelSmoothing"/> is out of range.</exception>
    public static torch.Tensor PerRow(
        torch.Tensor logits, torch.Tensor classes, torch.Tensor? classWeights = null, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(classes);
        CheckSmoothing(labelSmoothing);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logLikelihoods = torch.nn.functional.log_softmax(logits, 1);
        torch.Tensor rows = logLikelihoods.gather(1, classes.unsqueeze(1)).squeeze(1).neg();
        if (classWeights is not null)
        {
            rows = rows * classWeights.index_select(0, classes);
        }

        if (labelSmoothing > 0)
        {
            torch.Tensor everyClass = classWeights is null ? logLikelihoods : logLikelihoods * classWeights;
            rows = (rows * Scalars.Of(1 - labelSmoothing)) - (everyClass.sum(dim: 1) * Scalars.Of(labelSmoothing / logits.size(1)));
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
    /// <param name="labelSmoothing">e of <see cref="PerRow"/>, in [0, 1).</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labelSmoothing"/> is out of range.</exception>
    public static torch.Tensor Masked(
        torch.Tensor logits, torch.Tensor classes, torch.Tensor mask,
        int validRows, torch.Tensor? classWeights = null, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = torch.NewDisposeScope();
        return ((PerRow(logits, classes, classWeights, labelSmoothing) * mask).sum() / Scalars.Of(Math.Max(1, validRows)))
            .MoveToOuterDisposeScope();
    }

    internal static void CheckSmoothing(double labelSmoothing)
    {
        if (!(labelSmoothing is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "Label smoothing is at least 0 and below 1.");
        }
    }
}
