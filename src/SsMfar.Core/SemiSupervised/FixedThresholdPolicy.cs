using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// One threshold for every class, for ever, as in FixMatch (Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with
/// Consistency and Confidence", 2020). FixMatch has no consistency loss: give that a weight of 0 to be true to it.
/// </summary>
public sealed class FixedThresholdPolicy : PseudoLabelPolicy
{
    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">The threshold; null for FixMatch's.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public FixedThresholdPolicy(int classCount, FixedThresholdOptions? options = null)
        : base(classCount, options = options?.Copy() ?? new())
    {
        Options = options;
        State.Add(Thresholds, Options.Threshold, classCount);
    }

    internal FixedThresholdOptions Options { get; }

    private protected override PseudoLabels Decide(torch.Tensor probabilities) =>
        PseudoLabelSplit.ByThreshold(probabilities, State[Thresholds], Options.Comparison);

    // A checkpoint of a run with another threshold must not bring that threshold along.
    private protected override void OnLoaded() => State[Thresholds].fill_(Scalars.Of(Options.Threshold));

    private protected override double[] DescribeThresholds() => State.ToHost(Thresholds);
}
