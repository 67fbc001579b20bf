using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// The loss of action units, or of any task with several yes-or-no labels: <see cref="BinaryCrossEntropy.Masked"/> over the known
/// entries of the weak views.
/// </summary>
public sealed class ActionUnitLoss : ITaskLoss, IDisposable
{
    private readonly WeightVector? _positiveWeights;

    /// <summary>Makes the loss.</summary>
    /// <param name="positiveWeights">One weight a unit (equation 2: negatives / positives), or null for none; copied.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    public ActionUnitLoss(IReadOnlyList<double>? positiveWeights = null) =>
        _positiveWeights = WeightVector.From(positiveWeights, "positive weights");

    /// <summary>Gets one weight a unit, or null for none.</summary>
    internal IReadOnlyList<double>? PositiveWeights => _positiveWeights?.Values;

    /// <inheritdoc/>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor total = BinaryCrossEntropy.Masked(
            input.Weak,
            input.Values.to(input.Weak.dtype),
            input.Mask.to(input.Weak.dtype),
            input.Counts.ValidEntries,
            _positiveWeights?.For(input.Weak));
        return new(
            total.MoveToOuterDisposeScope(),
            [new(LossTerms.Supervised, total.detach().MoveToOuterDisposeScope())]);
    }

    /// <summary>Frees the weights' copy on the device.</summary>
    public void Dispose() => _positiveWeights?.Dispose();
}
