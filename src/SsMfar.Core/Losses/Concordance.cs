using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>The loss of Lin's concordance correlation coefficient, equation 7 of the SS-MFAR paper.</summary>
public static class Concordance
{
    /// <summary>Added to the denominator, so that two equal constants have a coefficient (0) and a gradient.</summary>
    public const double Epsilon = 1e-8;

    /// <summary>
    /// The mean over the columns of 1 - CCC, CCC = 2 s_xy / (s_x^2 + s_y^2 + (m_x - m_y)^2 + <see cref="Epsilon"/>), with the
    /// population moments of the column's valid rows. A column with fewer than two valid rows contributes exactly 0, in value and
    /// gradient.
    /// </summary>
    /// <param name="predictions">floating point [N, D].</param>
    /// <param name="targets">floating point [N, D], of the predictions' type; anything finite where the mask is 0.</param>
    /// <param name="mask">floating point [N, D], of the predictions' type: 1 for a valid entry, else 0.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor MaskedLoss(torch.Tensor predictions, torch.Tensor targets, torch.Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = torch.NewDisposeScope();
        if (predictions.size(0) < 2)
        {
            // The largest value of no rows is undefined, and one row has no correlation either way.
            return (predictions * Scalars.Of(0)).sum().MoveToOuterDisposeScope();
        }

        torch.Tensor x = predictions * mask;
        torch.Tensor y = targets * mask;
        torch.Tensor scale = LargestMagnitude(x, y);
        torch.Tensor count = mask.sum(dim: 0);
        torch.Tensor n = count.clamp_min(Scalars.Of(1));
        x = x / scale;
        y = y / scale;
        torch.Tensor meanX = x.sum(dim: 0) / n;
        torch.Tensor meanY = y.sum(dim: 0) / n;
        torch.Tensor fromMeanX = (x - meanX) * mask;
        torch.Tensor fromMeanY = (y - meanY) * mask;
        torch.Tensor covariance = (fromMeanX * fromMeanY).sum(dim: 0) / n;
        torch.Tensor variances = fromMeanX.Squared().Plus(fromMeanY.Squared()).sum(dim: 0) / n;
        torch.Tensor epsilon = (scale.reciprocal().Squared() * Scalars.Of(Epsilon)).clamp_min(Scalars.Of(1e-30));
        torch.Tensor coefficient = covariance * Scalars.Of(2) / variances.Plus((meanX - meanY).Squared()).Plus(epsilon);
        torch.Tensor defined = count.ge(Scalars.Of(2)).to(predictions.dtype);
        return (coefficient.From(1) * defined).mean().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The share of the columns that have two valid rows, and so a coefficient: the others contribute 0 to <see cref="MaskedLoss"/>.
    /// </summary>
    /// <param name="mask">floating point [N, D]: 1 for a valid entry, else 0.</param>
    /// <returns>A scalar in [0, 1] without gradient; the caller disposes it.</returns>
    public static torch.Tensor DefinedShare(torch.Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = torch.NewDisposeScope();
        return mask.detach().sum(dim: 0).ge(Scalars.Of(2)).to(mask.dtype).mean().MoveToOuterDisposeScope();
    }

    // The coefficient does not change when both sides are divided by the same number (and the epsilon by its square), so a number
    // that keeps squares from overflowing may be treated as a constant; below 1 nothing is divided.
    private static torch.Tensor LargestMagnitude(torch.Tensor x, torch.Tensor y)
    {
        using (torch.no_grad())
        {
            return torch.maximum(x.detach().abs().amax([0L]), y.detach().abs().amax([0L])).clamp_min(Scalars.Of(1));
        }
    }
}
