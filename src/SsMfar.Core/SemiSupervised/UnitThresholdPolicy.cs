using SsMfar.Runtime;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Pseudo-labels of action units, or of any task with several yes-or-no labels, entry by entry: each unit has a threshold for being present
/// and one for being absent, which follow the confidence of right predictions on labelled entries of that side
/// (<see cref="UnitThreshold"/>, <see cref="AdaptiveThreshold.Compute"/>). A row with any unknown entry gets a strong view; entries with a
/// label never get a pseudo-label. Ours, not the paper's.
/// </summary>
public sealed class UnitThresholdPolicy : IPseudoLabelPolicy
{
    private readonly PolicyState _state = new();
    private readonly ThresholdCourse _course;
    private readonly ConfidentShare _share;
    private readonly int _units;

    /// <summary>Makes the policy.</summary>
    /// <param name="unitCount">The number of units, at least 1.</param>
    /// <param name="options">How thresholds are computed and used, on both sides; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public UnitThresholdPolicy(int unitCount, AdaptiveThresholdOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(unitCount, 1);
        options = options?.Copy() ?? new();
        OptionFaults.Refuse(options);
        Options = options;
        _units = unitCount;
        _course = new(_state, 2 * unitCount, options);
        _share = new(_state);
    }

    internal AdaptiveThresholdOptions Options { get; }

    /// <inheritdoc/>
    public bool ObservesFirst => _course.ObservesFirst;

    /// <summary>The probability that each unit is present: the logistic function of its logit.</summary>
    /// <inheritdoc/>
    public torch.Tensor Predict(torch.Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return outputs.sigmoid();
    }

    /// <inheritdoc/>
    public PseudoLabels Assign(PolicyBatch strong)
    {
        ArgumentNullException.ThrowIfNull(strong);
        Follow(strong.Predictions, nameof(strong));
        using DisposeScope scope = torch.NewDisposeScope();
        PseudoLabels labels = UnitThreshold.Split(strong.Predictions, strong.Mask, _course.Current, Options.Comparison);
        _share.Count(labels.Confidence, strong.Mask.eq(Scalars.Of(0)));
        return labels.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Observe(PolicyBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Follow(batch.Predictions, nameof(batch));
        using DisposeScope scope = torch.NewDisposeScope();
        _course.Begin(batch.Step);
        (torch.Tensor sums, torch.Tensor counts) = UnitThreshold.CorrectEntries(batch.Predictions, batch.Values, batch.Mask);
        _course.Learn(sums, counts, batch.Epoch);
    }

    /// <inheritdoc/>
    public void EndEpoch(int epoch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _course.EndEpoch(epoch);
        _share.EndEpoch();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => _state.Save();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        _state.Load(state);
        _course.OnLoaded();
    }

    /// <summary>
    /// The thresholds of the units for being present (<c>thresholds</c>) and absent (<c>absentThresholds</c>), and the share of confident
    /// ones among the entries without a label in the last epoch (<c>confidentShare</c>).
    /// </summary>
    public IReadOnlyDictionary<string, double[]> Describe()
    {
        double[] thresholds = _course.Describe();
        return new SortedDictionary<string, double[]>(StringComparer.Ordinal)
        {
            ["thresholds"] = thresholds[.._units],
            ["absentThresholds"] = thresholds[_units..],
            [ConfidentShare.Name] = _share.Describe(),
        };
    }

    /// <summary>Frees the policy's tensors.</summary>
    public void Dispose() => _state.Dispose();

    private void Follow(torch.Tensor probabilities, string parameter)
    {
        if (probabilities.size(1) != _units)
        {
            throw new ArgumentException(
                $"The policy was made for {_units} units; the probabilities have {probabilities.size(1)}.", parameter);
        }

        _state.Follow(probabilities);
    }
}
