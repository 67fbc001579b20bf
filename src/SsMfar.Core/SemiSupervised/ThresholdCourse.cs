using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Adaptive thresholds over a training: what right predictions gave so far, and when thresholds follow it
/// (<see cref="ThresholdUpdate"/>). Several observations of one step (gradient accumulation) add up to that step.
/// </summary>
internal sealed class ThresholdCourse
{
    private const string Thresholds = "thresholds";
    private const string StepStart = "thresholdsBeforeStep";
    private const string Sums = "correctSums";
    private const string Counts = "correctCounts";
    private const string LastStep = "lastStep";

    private readonly PolicyState _state;
    private readonly AdaptiveThresholdOptions _options;
    private long _step = -1;

    /// <param name="state">Where the tensors are kept; the thresholds and sums are added to it.</param>
    /// <param name="width">How many thresholds there are.</param>
    /// <param name="options">How they are computed.</param>
    public ThresholdCourse(PolicyState state, int width, AdaptiveThresholdOptions options)
    {
        _state = state;
        _options = options;
        state.Add(Thresholds, options.Start, width);
        state.Add(StepStart, options.Start, width);
        state.Add(Sums, 0, width);
        state.Add(Counts, 0, width);
        state.AddIndices(LastStep, _step, 1);
    }

    /// <summary>float64: the thresholds as they are now.</summary>
    public torch.Tensor Current => _state[Thresholds];

    public bool ObservesFirst => _options.Update == ThresholdUpdate.ThisBatch;

    private bool ChangesEachStep => _options.Update != ThresholdUpdate.EachEpoch;

    /// <summary>Begins the step that a batch belongs to, unless it began already.</summary>
    /// <param name="step">The step, from 0.</param>
    public void Begin(long step)
    {
        if (ChangesEachStep && step != _step)
        {
            _step = step;
            _state[LastStep].fill_(Scalars.Of(step));
            _state[Sums].zero_();
            _state[Counts].zero_();
            _state[StepStart].copy_(_state[Thresholds]);
        }
    }

    /// <summary>Takes in what a batch's right predictions gave: their confidences' sums, and their numbers.</summary>
    public void Learn(torch.Tensor sums, torch.Tensor counts, int epoch)
    {
        _state[Sums].PlusInPlace(sums);
        _state[Counts].PlusInPlace(counts);
        if (ChangesEachStep)
        {
            _state[Thresholds].copy_(AdaptiveThreshold.Compute(_state[Sums], _state[Counts], _state[StepStart], epoch, _options));
        }
    }

    public void EndEpoch(int epoch)
    {
        if (!ChangesEachStep)
        {
            _state[Thresholds].copy_(AdaptiveThreshold.Compute(_state[Sums], _state[Counts], _state[Thresholds], epoch, _options));
            _state[Sums].zero_();
            _state[Counts].zero_();
        }
    }

    /// <summary>Goes on from the state that was loaded.</summary>
    public void OnLoaded() => _step = Transfers.ToHost<long>(_state[LastStep]);

    /// <summary>The thresholds; waits for the device.</summary>
    public double[] Describe() => _state.ToHost(Thresholds);
}
