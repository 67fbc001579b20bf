using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>Splits rows into confident and non-confident ones (algorithm 1, lines 6 and 7, of the SS-MFAR paper).</summary>
public static class PseudoLabelSplit
{
    /// <summary>
    /// The most probable class of each row, with confidence 1 where its probability passes that class's threshold, else 0. Never
    /// waits for the device.
    /// </summary>
    /// <param name="probabilities">floating point [S, K]; detached here.</param>
    /// <param name="thresholds">floating point [K], on the probabilities' device; compared in its own type where that is wider.</param>
    /// <param name="comparison">When a probability passes.</param>
    /// <returns>Classes and confidence, of the probabilities' type; the caller disposes both.</returns>
    public static PseudoLabels ByThreshold(torch.Tensor probabilities, torch.Tensor thresholds, ThresholdComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(thresholds);
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor largest, torch.Tensor classes) = probabilities.detach().max(1);
        torch.Tensor threshold = thresholds.index_select(0, classes);
        torch.Tensor passes = comparison == ThresholdComparison.Greater ? largest.gt(threshold) : largest.ge(threshold);
        return new(classes.MoveToOuterDisposeScope(), passes.to(probabilities.dtype).MoveToOuterDisposeScope());
    }
}
