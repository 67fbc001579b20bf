using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// SS-MFAR's own policy: a threshold a class that follows the confidence of right predictions on labelled rows
/// (<see cref="AdaptiveThreshold"/>). Unlabelled rows get a strong view; those over their class's threshold are confident.
/// Several <see cref="PseudoLabelPolicy.Observe"/> of one step (gradient accumulation) add up to that step.
/// </summary>
public sealed class AdaptiveThresholdPolicy : PseudoLabelPolicy
{
    private const string StepStart = "thresholdsBeforeStep";
    private const string Sums = "correctSums";
    private const string Counts = "correctCounts";
    private const string LastStep = "lastStep";

    private long _step = -1;

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">How thresholds are computed and used; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public AdaptiveThresholdPolicy(int classCount, AdaptiveThresholdOptions? options = null)
        : base(classCount, options = options?.Copy() ?? new())
    {
        Options = options;
        State.Add(Thresholds, Options.Start, classCount);
        State.Add(StepStart, Options.Start, classCount);
        State.Add(Sums, 0, classCount);
        State.Add(Counts, 0, classCount);
        State.AddIndices(LastStep, _step, 1);
    }

    internal AdaptiveThresholdOptions Options { get; }

    /// <inheritdoc/>
    public override bool ObservesFirst => Options.Update == ThresholdUpdate.ThisBatch;

    private bool ChangesEachStep => Options.Update != ThresholdUpdate.EachEpoch;

    private protected override PseudoLabels Decide(torch.Tensor probabilities) =>
        PseudoLabelSplit.ByThreshold(probabilities, State[Thresholds], Options.Comparison);

    private protected override void Learn(PolicyObservation observation)
    {
        if (ChangesEachStep && observation.Step != _step)
        {
            _step = observation.Step;
            State[LastStep].fill_(Scalars.Of(observation.Step));
            State[Sums].zero_();
            State[Counts].zero_();
            State[StepStart].copy_(State[Thresholds]);
        }

        (torch.Tensor sums, torch.Tensor counts) =
            AdaptiveThreshold.CorrectRows(observation.Probabilities, observation.Classes, observation.Labelled);
        State[Sums].PlusInPlace(sums);
        State[Counts].PlusInPlace(counts);
        if (ChangesEachStep)
        {
            State[Thresholds].copy_(
                AdaptiveThreshold.Compute(State[Sums], State[Counts], State[StepStart], observation.Epoch, Options));
        }
    }

    private protected override void LearnEpoch(int epoch)
    {
        if (!ChangesEachStep)
        {
            State[Thresholds].copy_(AdaptiveThreshold.Compute(State[Sums], State[Counts], State[Thresholds], epoch, Options));
            State[Sums].zero_();
            State[Counts].zero_();
        }
    }

    private protected override void OnLoaded() => _step = Transfers.ToHost<long>(State[LastStep]);

    private protected override double[] DescribeThresholds() => State.ToHost(Thresholds);
}
