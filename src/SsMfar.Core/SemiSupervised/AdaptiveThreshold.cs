using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>SS-MFAR's adaptive thresholds, equation 4 of the paper, as pure functions that never wait for the device.</summary>
public static class AdaptiveThreshold
{
    /// <summary>
    /// For each class, the number of labelled rows predicted right and the sum of their largest probabilities. What several batches
    /// give may be added up.
    /// </summary>
    /// <param name="probabilities">floating point [N, K].</param>
    /// <param name="classes">int64 [N]: the labels; any value in 0 to K-1 where unknown.</param>
    /// <param name="labelled">floating point [N]: 1 where the label is known, else 0.</param>
    /// <returns>float64 [K] each; the caller disposes both.</returns>
    public static (torch.Tensor Sums, torch.Tensor Counts) CorrectRows(
        torch.Tensor probabilities,
        torch.Tensor classes,
        torch.Tensor labelled)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(labelled);
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor largest, torch.Tensor predicted) = probabilities.detach().max(1);
        torch.Tensor correct = predicted.eq(classes).to(torch.ScalarType.Float64) * labelled;

        // A sum over a comparison, not an indexed addition: the latter's order, so its rounding, varies on CUDA.
        torch.Tensor indices = Scalars.Range(probabilities.size(1), torch.ScalarType.Int64, probabilities.device);
        torch.Tensor correctOfClass = classes.unsqueeze(1).eq(indices) * correct.unsqueeze(1);
        torch.Tensor counts = correctOfClass.sum(dim: 0);
        torch.Tensor sums = (correctOfClass * largest.unsqueeze(1)).sum(dim: 0);
        return (sums.MoveToOuterDisposeScope(), counts.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// T_c = max(floor, beta * mean / (1 + gamma^-epoch)), the mean being that of the largest probabilities of the class-c rows that
    /// were predicted right. (Equation 4 read literally divides by all labelled rows, which would make a threshold the smaller the
    /// rarer the class; that is not used.) With <see cref="ThresholdFloor.OfClass"/> the floor of a class is floor * mean / largest mean.
    /// </summary>
    /// <param name="sums">float64 [K]: see <see cref="CorrectRows"/>.</param>
    /// <param name="counts">float64 [K]: see <see cref="CorrectRows"/>.</param>
    /// <param name="previous">float64 [K]: the thresholds so far.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="options">beta, gamma, the floor, and what becomes of a class without a row.</param>
    /// <returns>float64 [K]; the caller disposes it.</returns>
    public static torch.Tensor Compute(
        torch.Tensor sums, torch.Tensor counts, torch.Tensor previous, int epoch, AdaptiveThresholdOptions options)
    {
        ArgumentNullException.ThrowIfNull(sums);
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(previous);
        ArgumentNullException.ThrowIfNull(options);
        using DisposeScope scope = torch.NewDisposeScope();
        double floor = options.Floor ?? 0;
        double factor = options.Beta / (1 + Math.Pow(options.Gamma, -epoch));
        torch.Tensor means = sums / counts.clamp_min(Scalars.Of(1));
        torch.Tensor computed = means * Scalars.Of(factor);
        computed = options.FloorKind == ThresholdFloor.Common
            ? computed.clamp_min(Scalars.Of(floor))
            : torch.maximum(computed, means / means.max().clamp_min(Scalars.Of(double.Epsilon)) * Scalars.Of(floor));
        torch.Tensor missing = options.MissingClass == MissingClass.KeepValue ? previous : torch.full_like(previous, Scalars.Of(floor));
        return torch.where(counts.gt(Scalars.Of(0)), computed, missing).MoveToOuterDisposeScope();
    }
}
