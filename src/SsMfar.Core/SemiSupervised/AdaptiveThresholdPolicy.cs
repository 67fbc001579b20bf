using System.ComponentModel.DataAnnotations;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// SS-MFAR's own policy: a threshold a class that follows the confidence of right predictions on labelled rows
/// (<see cref="AdaptiveThreshold"/>). Unlabelled rows get a strong view; those over their class's threshold are confident.
/// Several <see cref="Observe"/> of one step (gradient accumulation) add up to that step.
/// </summary>
public sealed class AdaptiveThresholdPolicy : IPseudoLabelPolicy
{
    private const string Thresholds = "thresholds";
    private const string StepStart = "thresholdsBeforeStep";
    private const string Sums = "correctSums";
    private const string Counts = "correctCounts";
    private const string LastStep = "lastStep";

    private readonly PolicyState _state = new();
    private readonly ConfidentShare _share;
    private readonly int _classCount;
    private long? _step;

    /// <summary>Makes the policy.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">How thresholds are computed and used; null for the defaults.</param>
    /// <exception cref="ValidationException">An option is out of range.</exception>
    public AdaptiveThresholdPolicy(int classCount, AdaptiveThresholdOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        Options = options ?? new();
        Validator.ValidateObject(Options, new ValidationContext(Options), validateAllProperties: true);
        _classCount = classCount;
        _state.Add(Thresholds, Options.Start, classCount);
        _state.Add(StepStart, Options.Start, classCount);
        _state.Add(Sums, 0, classCount);
        _state.Add(Counts, 0, classCount);
        _state.AddIndices(LastStep, -1, 1);
        _share = new(_state);
    }

    /// <summary>How thresholds are computed and used.</summary>
    public AdaptiveThresholdOptions Options { get; }

    /// <inheritdoc/>
    public bool NeedsStrongView(bool expressionKnown) => !expressionKnown;

    /// <inheritdoc/>
    public PseudoLabels Assign(torch.Tensor weakProbabilities, torch.Tensor rowIds)
    {
        Follow(weakProbabilities);
        PseudoLabels labels = PseudoLabelSplit.ByThreshold(weakProbabilities, _state[Thresholds], Options.Comparison);
        _share.Count(labels.Confidence);
        return labels;
    }

    /// <inheritdoc/>
    public void Observe(PolicyObservation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        Follow(observation.Probabilities);
        using DisposeScope scope = torch.NewDisposeScope();
        if (Options.Update == ThresholdUpdate.EachStep && observation.Step != _step)
        {
            _step = observation.Step;
            _state[LastStep].fill_(observation.Step);
            _state[Sums].zero_();
            _state[Counts].zero_();
            _state[StepStart].copy_(_state[Thresholds]);
        }

        (torch.Tensor sums, torch.Tensor counts) =
            AdaptiveThreshold.CorrectRows(observation.Probabilities, observation.Classes, observation.Labelled);
        _state[Sums].add_(sums);
        _state[Counts].add_(counts);
        if (Options.Update == ThresholdUpdate.EachStep)
        {
            _state[Thresholds].copy_(
                AdaptiveThreshold.Compute(_state[Sums], _state[Counts], _state[StepStart], observation.Epoch, Options));
        }
    }

    /// <inheritdoc/>
    public void EndEpoch(int epoch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (Options.Update == ThresholdUpdate.EachEpoch)
        {
            _state[Thresholds].copy_(AdaptiveThreshold.Compute(_state[Sums], _state[Counts], _state[Thresholds], epoch, Options));
            _state[Sums].zero_();
            _state[Counts].zero_();
        }

        _share.EndEpoch();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => _state.Save();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        _state.Load(state);
        _step = _state[LastStep].item<long>();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> Describe() => new SortedDictionary<string, double[]>(StringComparer.Ordinal)
    {
        [Thresholds] = _state.ToHost(Thresholds),
        [ConfidentShare.Name] = _share.Describe(),
    };

    /// <summary>Frees the policy's tensors.</summary>
    public void Dispose() => _state.Dispose();

    private void Follow(torch.Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        if (probabilities.size(1) != _classCount)
        {
            throw new ArgumentException(
                $"The policy was made for {_classCount} classes; the probabilities have {probabilities.size(1)}.", nameof(probabilities));
        }

        _state.Follow(probabilities);
    }
}
