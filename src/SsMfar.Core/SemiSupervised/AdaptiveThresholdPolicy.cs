using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// SS-MFAR's own policy: a threshold a class that follows the confidence of right predictions on labelled rows
/// (<see cref="AdaptiveThreshold"/>). Unlabelled rows get a strong view; those over their class's threshold are confident.
/// Several <see cref="PseudoLabelPolicy.Observe"/> of one step (gradient accumulation) add up to that step.
/// </summary>
public sealed class AdaptiveThresholdPolicy : PseudoLabelPolicy
{
    private readonly ThresholdCourse _course;

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">How thresholds are computed and used; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public AdaptiveThresholdPolicy(int classCount, AdaptiveThresholdOptions? options = null)
        : base(classCount, options = options?.Copy() ?? new())
    {
        Options = options;
        _course = new(State, classCount, Options);
    }

    internal AdaptiveThresholdOptions Options { get; }

    /// <inheritdoc/>
    public override bool ObservesFirst => _course.ObservesFirst;

    private protected override PseudoLabels Decide(torch.Tensor probabilities) =>
        PseudoLabelSplit.ByThreshold(probabilities, _course.Current, Options.Comparison);

    private protected override void Learn(PolicyBatch batch)
    {
        _course.Begin(batch.Step);
        (torch.Tensor sums, torch.Tensor counts) = AdaptiveThreshold.CorrectRows(batch.Predictions, batch.Classes, batch.Labelled);
        _course.Learn(sums, counts, batch.Epoch);
    }

    private protected override void LearnEpoch(int epoch) => _course.EndEpoch(epoch);

    private protected override void OnLoaded() => _course.OnLoaded();

    private protected override double[] DescribeThresholds() => _course.Describe();
}
