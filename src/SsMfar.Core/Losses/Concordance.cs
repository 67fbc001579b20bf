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
    /// <param name="weights">
    /// floating point [N, 1], of the predictions' type, from 0: how much each row counts in the moments; null where all count alike.
    /// </param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor MaskedLoss(
        torch.Tensor predictions, torch.Tensor targets, torch.Tensor mask, torch.Tensor? weights = null)
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

        // A row of no weight is none: of one that is left there is no coefficient.
        torch.Tensor rows = weights is null ? mask : mask * weights.gt(Scalars.Of(0)).to(mask.dtype);
        torch.Tensor defined = rows.sum(dim: 0).ge(Scalars.Of(2)).to(predictions.dtype);
        torch.Tensor counted = mask;
        torch.Tensor n = mask.sum(dim: 0).clamp_min(Scalars.Of(1));
        if (weights is not null)
        {
            // Relative to their largest, so that moments of small weights are those of the same weights times any number.
            torch.Tensor relative = weights / weights.amax().clamp_min(Scalars.Of(1e-30));
            counted = mask * relative;
            n = counted.sum(dim: 0).clamp_min(Scalars.Of(1e-30));
        }

        x = x / scale;
        y = y / scale;
        torch.Tensor meanX = Sum(x) / n;
        torch.Tensor meanY = Sum(y) / n;
        torch.Tensor fromMeanX = (x - meanX) * mask;
        torch.Tensor fromMeanY = (y - meanY) * mask;
        torch.Tensor covariance = Sum(fromMeanX * fromMeanY) / n;
        torch.Tensor variances = Sum(fromMeanX.Squared().Plus(fromMeanY.Squared())) / n;
        torch.Tensor epsilon = (scale.reciprocal().Squared() * Scalars.Of(Epsilon)).clamp_min(Scalars.Of(1e-30));
        torch.Tensor coefficient = covariance * Scalars.Of(2) / variances.Plus((meanX - meanY).Squared()).Plus(epsilon);
        return (coefficient.From(1) * defined).mean().MoveToOuterDisposeScope();

        torch.Tensor Sum(torch.Tensor masked) => (weights is null ? masked : masked * counted).sum(dim: 0);
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
