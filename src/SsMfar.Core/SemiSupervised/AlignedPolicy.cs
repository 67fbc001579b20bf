using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// Distribution alignment before another policy decides (Berthelot et al., "ReMixMatch: Semi-Supervised Learning with Distribution
/// Alignment and Augmentation Anchoring", 2020, section 3.1; as FixMatch and CoMatch use it): the probabilities q of an unlabelled row
/// become Normalize(q * p / m), p the target and m the mean prediction on unlabelled rows over the last batches that had any, starting
/// as if all had been uniform. As in the authors' code 1e-6 is added to p and to m, and a batch joins the mean after it was aligned.
/// The other policy is asked about, and observes, aligned probabilities of unlabelled rows; those of labelled rows stay as they are.
/// </summary>
public sealed class AlignedPolicy : IPseudoLabelPolicy
{
    /// <summary>The number of batches in the paper's mean.</summary>
    internal const int PaperWindow = 128;

    private const string Window = "alignmentWindow";
    private const string MeanPrediction = "meanPrediction";
    private const double Least = 1e-6;

    private const string Target = "target";
    private const string MeanOfAlignment = "meanOfAlignment";

    private readonly PolicyState _state = new();

    // Of the same device, and not saved: what the options say, and what Observe leaves for the same batch's Assign.
    private readonly PolicyState _unsaved = new();
    private readonly int _classCount;

    /// <summary>Makes the policy.</summary>
    /// <param name="policy">Decides on aligned probabilities; from now on this object's to dispose.</param>
    /// <param name="target">
    /// The share of each class, or any numbers in proportion to it, such as counts; finite, not negative, not all 0.
    /// </param>
    /// <param name="window">How many batches the mean prediction is over, at least 1.</param>
    /// <exception cref="ArgumentException">The target has no class, or a share that cannot be.</exception>
    public AlignedPolicy(IPseudoLabelPolicy policy, IReadOnlyList<double> target, int window = PaperWindow)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        double sum = target.Sum();
        if (target.Any(share => !double.IsFinite(share) || share < 0) || !(sum > 0))
        {
            throw new ArgumentException(
                "The shares of the classes must be finite and not negative, and one of them positive.",
                nameof(target));
        }

        Policy = policy;
        _classCount = target.Count;
        _state.Add(Window, 1.0 / target.Count, window, target.Count);
        _unsaved.Add(Target, [.. target.Select(share => share / sum)]);
        _unsaved.Add(MeanOfAlignment, 1.0 / target.Count, target.Count);
    }

    /// <summary>Gets the policy that decides.</summary>
    internal IPseudoLabelPolicy Policy { get; }

    /// <summary>Gets the share of each class that predictions are aligned to; they sum to 1.</summary>
    internal double[] TargetShares => _unsaved.ToHost(Target);

    /// <inheritdoc/>
    public bool ObservesFirst => Policy.ObservesFirst;

    /// <inheritdoc/>
    public bool NeedsStrongView(ReadOnlySpan<bool> known) => Policy.NeedsStrongView(known);

    /// <inheritdoc/>
    public torch.Tensor Predict(torch.Tensor outputs) => Policy.Predict(outputs);

    /// <inheritdoc/>
    public PseudoLabels Assign(PolicyBatch strong)
    {
        ArgumentNullException.ThrowIfNull(strong);
        Follow(strong.Predictions, nameof(strong));
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor aligned = Align(strong.Predictions.detach(), ObservesFirst ? _unsaved[MeanOfAlignment] : Mean());
        return Policy.Assign(strong.With(aligned)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public PolicyLoss? Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels) => Policy.Regularize(strongOutputs, pseudoLabels);

    /// <inheritdoc/>
    public void Observe(PolicyBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Follow(batch.Predictions, nameof(batch));
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor probabilities = batch.Predictions.detach();
        torch.Tensor unlabelled = batch.Labelled.eq(Scalars.Of(0)).unsqueeze(1);
        torch.Tensor predicted = Mean();
        _unsaved[MeanOfAlignment].copy_(predicted);
        Policy.Observe(batch.With(torch.where(unlabelled, Align(probabilities, predicted), probabilities)));

        torch.Tensor weights = unlabelled.to(torch.ScalarType.Float64);
        torch.Tensor count = weights.sum();
        torch.Tensor mean = (probabilities.to(torch.ScalarType.Float64) * weights).sum(dim: 0, keepdim: true) /
            count.clamp_min(Scalars.Of(1));
        torch.Tensor window = _state[Window];
        torch.Tensor moved = torch.cat([window.narrow(0, 1, window.size(0) - 1), mean]);
        window.copy_(torch.where(count.gt(Scalars.Of(0)), moved, window));
    }

    /// <inheritdoc/>
    public void EndEpoch(int epoch) => Policy.EndEpoch(epoch);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, torch.Tensor> SaveState() =>
        Policy.SaveState().Concat(_state.Save()).ToDictionary(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        _state.Load(state);
        Policy.LoadState(state.Where(entry => entry.Key != Window).ToDictionary(StringComparer.Ordinal));
    }

    /// <summary>What the other policy says of itself, and the mean prediction that is aligned (<c>meanPrediction</c>).</summary>
    public IReadOnlyDictionary<string, double[]> Describe()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[] mean = Transfers.ToHost(Mean()).data<double>().ToArray();
        return Policy.Describe().Append(new(MeanPrediction, mean)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Frees the window, and the other policy.</summary>
    public void Dispose()
    {
        _state.Dispose();
        _unsaved.Dispose();
        Policy.Dispose();
    }

    private torch.Tensor Align(torch.Tensor probabilities, torch.Tensor predicted)
    {
        torch.Tensor aligned = probabilities.to(torch.ScalarType.Float64) * (_unsaved[Target].Plus(Least) / predicted.Plus(Least));
        return (aligned / aligned.sum(dim: 1, keepdim: true).clamp_min(Scalars.Of(1e-300))).to(probabilities.dtype);
    }

    private torch.Tensor Mean() => _state[Window].mean([0L]);

    private void Follow(torch.Tensor probabilities, string parameter)
    {
        ArgumentNullException.ThrowIfNull(probabilities, parameter);
        if (probabilities.size(1) != _classCount)
        {
            throw new ArgumentException(
                $"The alignment was made for {_classCount} classes; the probabilities have " +
                    $"{probabilities.size(1)}.", parameter);
        }

        _state.Follow(probabilities);
        _unsaved.Follow(probabilities);
    }
}
