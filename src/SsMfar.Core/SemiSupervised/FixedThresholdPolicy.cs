using System.ComponentModel.DataAnnotations;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// One threshold for every class, for ever, as in FixMatch (Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with
/// Consistency and Confidence", 2020). FixMatch has no consistency loss: give that a weight of 0 to be true to it.
/// </summary>
public sealed class FixedThresholdPolicy : IPseudoLabelPolicy
{
    private readonly PolicyState _state = new();
    private readonly ConfidentShare _share;

    /// <summary>Makes the policy.</summary>
    /// <param name="options">The threshold; null for FixMatch's.</param>
    /// <exception cref="ValidationException">An option is out of range.</exception>
    public FixedThresholdPolicy(FixedThresholdOptions? options = null)
    {
        Options = options ?? new();
        Validator.ValidateObject(Options, new ValidationContext(Options), validateAllProperties: true);
        _share = new(_state);
    }

    /// <summary>The threshold and its comparison.</summary>
    public FixedThresholdOptions Options { get; }

    /// <inheritdoc/>
    public bool NeedsStrongView(bool expressionKnown) => !expressionKnown;

    /// <inheritdoc/>
    public PseudoLabels Assign(torch.Tensor weakProbabilities, torch.Tensor rowIds)
    {
        ArgumentNullException.ThrowIfNull(weakProbabilities);
        _state.Follow(weakProbabilities);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor thresholds = torch.full(
            weakProbabilities.size(1), Options.Threshold, torch.ScalarType.Float64, weakProbabilities.device);
        PseudoLabels labels = PseudoLabelSplit.ByThreshold(weakProbabilities, thresholds, Options.Comparison);
        _share.Count(labels.Confidence);
        return new(labels.Classes.MoveToOuterDisposeScope(), labels.Confidence.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Observe(PolicyObservation observation)
    {
        // A fixed threshold learns nothing.
    }

    /// <inheritdoc/>
    public void EndEpoch(int epoch) => _share.EndEpoch();

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => _state.Save();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state) => _state.Load(state);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> Describe() => new SortedDictionary<string, double[]>(StringComparer.Ordinal)
    {
        ["thresholds"] = [Options.Threshold],
        [ConfidentShare.Name] = _share.Describe(),
    };

    /// <summary>Frees the policy's tensors.</summary>
    public void Dispose() => _state.Dispose();
}
