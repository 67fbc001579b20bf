using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Equation 4 of the SS-MFAR paper for yes-or-no labels, such as action units, as pure functions that never wait for the device. Each unit
/// has two sides, present and absent, and a threshold on each. Ours, not the paper's, whose units learn from labels alone.
/// </summary>
public static class UnitThreshold
{
    private const double Half = 0.5;

    /// <summary>
    /// For each side of each unit, the number of labelled entries predicted right and the sum of their confidences: p of the present ones
    /// with p over one half, 1 - p of the absent ones with p of at most one half. What several batches give may be added up;
    /// <see cref="AdaptiveThreshold.Compute"/> makes thresholds of it.
    /// </summary>
    /// <param name="probabilities">floating point [N, U]: that a unit is present.</param>
    /// <param name="values">floating point [N, U]: 1 for a present unit, 0 for an absent one; anything where unknown.</param>
    /// <param name="mask">floating point [N, U]: 1 where the label is known, else 0.</param>
    /// <returns>float64 [2U] each, the present sides before the absent ones; the caller disposes both.</returns>
    public static (torch.Tensor Sums, torch.Tensor Counts) CorrectEntries(
        torch.Tensor probabilities,
        torch.Tensor values,
        torch.Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor present = probabilities.detach().to(torch.ScalarType.Float64);
        torch.Tensor predicted = present.gt(Scalars.Of(Half));
        torch.Tensor labelled = values.gt(Scalars.Of(Half));
        torch.Tensor right = predicted.eq(labelled).to(torch.ScalarType.Float64) * mask;
        torch.Tensor rightPresent = right * labelled;
        torch.Tensor rightAbsent = right * labelled.logical_not();
        torch.Tensor counts = torch.cat([rightPresent.sum(dim: 0), rightAbsent.sum(dim: 0)]);
        torch.Tensor sums = torch.cat([(rightPresent * present).sum(dim: 0), (rightAbsent * present.From(1)).sum(dim: 0)]);
        return (sums.MoveToOuterDisposeScope(), counts.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The likelier side of each entry, with confidence 1 where its probability passes that side's threshold and the entry has no label,
    /// else 0.
    /// </summary>
    /// <param name="probabilities">floating point [S, U]: that a unit is present; detached here.</param>
    /// <param name="mask">floating point [S, U]: 1 where the label is known, else 0.</param>
    /// <param name="thresholds">float64 [2U], the present sides before the absent ones.</param>
    /// <param name="comparison">When a probability passes.</param>
    /// <returns>Targets, 1 for present, and confidence, both [S, U] of the probabilities' type; the caller disposes both.</returns>
    public static PseudoLabels Split(
        torch.Tensor probabilities, torch.Tensor mask, torch.Tensor thresholds, ThresholdComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(thresholds);
        using DisposeScope scope = torch.NewDisposeScope();
        long units = probabilities.size(1);
        torch.Tensor present = probabilities.detach().to(torch.ScalarType.Float64);
        torch.Tensor targets = present.gt(Scalars.Of(Half));
        torch.Tensor sure = torch.where(targets, present, present.From(1));
        torch.Tensor threshold = torch.where(targets, thresholds.narrow(0, 0, units), thresholds.narrow(0, units, units));
        torch.Tensor passes = comparison == ThresholdComparison.Greater ? sure.gt(threshold) : sure.ge(threshold);
        torch.Tensor confidence = passes.logical_and(mask.eq(Scalars.Of(0)));
        return new PseudoLabels(targets.to(probabilities.dtype), confidence.to(probabilities.dtype)).MoveToOuterDisposeScope();
    }
}
