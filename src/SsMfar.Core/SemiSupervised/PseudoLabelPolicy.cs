using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// What the built-in policies of a class task share: strong views for the unlabelled rows, state that follows the probabilities to their
/// device and is saved exactly, and the share of confident rows. A custom policy implements <see cref="IPseudoLabelPolicy"/> directly.
/// </summary>
public abstract class PseudoLabelPolicy : IPseudoLabelPolicy
{
    private protected const string Thresholds = "thresholds";

    private readonly ConfidentShare _share;

    // Whether the batch that is observed next was asked about. Not saved: steps end with what they observe.
    private bool _asked;

    private protected PseudoLabelPolicy(int classCount, object options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        OptionFaults.Refuse(options);
        ClassCount = classCount;
        _share = new(State);
    }

    private protected int ClassCount { get; }

    private protected PolicyState State { get; } = new();

    /// <inheritdoc/>
    public virtual bool ObservesFirst => false;

    /// <inheritdoc/>
    public bool NeedsStrongView(ReadOnlySpan<bool> known) => known.Contains(false);

    /// <inheritdoc/>
    public PseudoLabels Assign(PolicyBatch strong)
    {
        ArgumentNullException.ThrowIfNull(strong);
        Follow(strong.Predictions, nameof(strong));
        using DisposeScope scope = torch.NewDisposeScope();
        PseudoLabels labels = Decide(strong.Predictions.detach());
        _share.Count(labels.Confidence);
        _asked = true;
        return labels.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Observe(PolicyBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Follow(batch.Predictions, nameof(batch));
        using DisposeScope scope = torch.NewDisposeScope();
        PolicyBatch seen = batch.With(batch.Predictions.detach());
        if (!_asked)
        {
            LearnUnasked(seen);
        }

        _asked = false;
        Learn(seen);
    }

    /// <inheritdoc/>
    public virtual PolicyLoss? Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels) => null;

    /// <inheritdoc/>
    public void EndEpoch(int epoch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        LearnEpoch(epoch);
        _share.EndEpoch();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => State.Save();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        State.Load(state);
        OnLoaded();
    }

    /// <summary>The thresholds (<c>thresholds</c>) and the share of confident rows in the last epoch (<c>confidentShare</c>).</summary>
    public IReadOnlyDictionary<string, double[]> Describe() => new SortedDictionary<string, double[]>(StringComparer.Ordinal)
    {
        [Thresholds] = DescribeThresholds(),
        [ConfidentShare.Name] = _share.Describe(),
    };

    /// <summary>Frees the policy's tensors.</summary>
    public void Dispose()
    {
        State.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Pseudo-labels of a batch, which may be empty; runs in a scope of its own.</summary>
    private protected abstract PseudoLabels Decide(torch.Tensor probabilities);

    /// <summary>Learns from a step; runs in a scope of its own.</summary>
    private protected virtual void Learn(PolicyBatch batch)
    {
    }

    /// <summary>
    /// Learns from a step without strong views, as those of a warm-up are, what <see cref="Decide"/> learns of its rows in others; runs in
    /// a scope of its own.
    /// </summary>
    private protected virtual void LearnUnasked(PolicyBatch batch)
    {
    }

    /// <summary>Learns from the epoch that ended; runs in a scope of its own.</summary>
    private protected virtual void LearnEpoch(int epoch)
    {
    }

    private protected virtual void OnLoaded()
    {
    }

    private protected abstract double[] DescribeThresholds();

    private void Follow(torch.Tensor probabilities, string parameter)
    {
        ArgumentNullException.ThrowIfNull(probabilities, parameter);
        if (probabilities.size(1) != ClassCount)
        {
            throw new ArgumentException(
                $"The policy was made for {ClassCount} classes; the probabilities have {probabilities.size(1)}.", parameter);
        }

        State.Follow(probabilities);
    }
}
