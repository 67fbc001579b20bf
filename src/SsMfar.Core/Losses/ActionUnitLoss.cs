using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// The loss of action units, or of any task with several yes-or-no labels: <see cref="BinaryCrossEntropy.Masked"/> over the known
/// entries of the weak views. Where it is made for pseudo-labels, those of the strong views are learned beside: binary cross entropy
/// against confident ones, divided by the number of all entries without a label of the rows with a strong view, and the divergence of the
/// two views over the others (<see cref="ConsistencyLoss.ComputeUnits"/>). Entries with a label take no part in those two.
/// </summary>
public sealed class ActionUnitLoss : ITaskLoss, IDisposable
{
    private readonly WeightVector? _positiveWeights;

    /// <summary>Makes the loss.</summary>
    /// <param name="positiveWeights">One weight a unit (equation 2: negatives / positives), or null for none; copied.</param>
    /// <param name="unlabelled">What is learned of pseudo-labels, or null for nothing; copied.</param>
    /// <param name="rampUp">How the weights of pseudo-labels grow over the epochs; null for all at once; copied.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    public ActionUnitLoss(
        IReadOnlyList<double>? positiveWeights = null, UnlabelledUnitOptions? unlabelled = null, RampUpOptions? rampUp = null)
    {
        RampUp = rampUp?.Copy() ?? new();
        OptionFaults.Refuse(RampUp, nameof(rampUp));
        Unlabelled = unlabelled?.Copy();
        if (Unlabelled is not null)
        {
            OptionFaults.Refuse(Unlabelled, nameof(unlabelled));
        }

        _positiveWeights = WeightVector.From(positiveWeights, "positive weights");
    }

    /// <summary>Gets one weight a unit, or null for none.</summary>
    internal IReadOnlyList<double>? PositiveWeights => _positiveWeights?.Values;

    /// <summary>Gets what is learned of pseudo-labels, or null for nothing.</summary>
    internal UnlabelledUnitOptions? Unlabelled { get; }

    internal RampUpOptions RampUp { get; }

    /// <inheritdoc/>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor? weights = _positiveWeights?.For(input.Weak);
        torch.Tensor supervised = BinaryCrossEntropy.Masked(
            input.Weak,
            input.Values.to(input.Weak.dtype),
            input.WeightedMask(),
            input.Counts.ValidEntries,
            weights);
        if (Unlabelled is null)
        {
            return new(
                supervised.MoveToOuterDisposeScope(),
                [new(LossTerms.Supervised, supervised.detach().MoveToOuterDisposeScope())])
            {
                LearnedShare = input.AnyWeighted()?.MoveToOuterDisposeScope(),
            };
        }

        torch.Tensor total = supervised;
        torch.Tensor unsupervised = torch.zeros_like(supervised), consistency = torch.zeros_like(supervised);
        torch.Tensor? learned = input.AnyWeighted();
        if (input.Strong is { PseudoLabels: { } pseudoLabels } strong)
        {
            UnlabelledEntries entries = UnlabelledEntries.Of(input, strong);
            unsupervised = BinaryCrossEntropy.Masked(
                strong.Outputs,
                pseudoLabels.Targets.detach().to(strong.Outputs.dtype),
                entries.Confidence,
                input.Counts.UnlabelledEntries,
                Unlabelled.UsePositiveWeights ? weights : null);
            consistency = ConsistencyLoss.ComputeUnits(
                input.Weak.index_select(0, strong.Rows),
                strong.Outputs,
                entries.Confidence,
                entries.Unlabelled,
                input.Counts.MicroBatches);
            double factor = RampUp.Factor(input.Epoch);
            total = total.Plus(unsupervised * Scalars.Of(Unlabelled.Unsupervised * factor))
                .Plus(consistency * Scalars.Of(Unlabelled.Consistency * factor));
            torch.Tensor ofOthers = entries.Learned(Unlabelled.Unsupervised > 0, Unlabelled.Consistency > 0);
            learned = learned is null ? ofOthers : torch.maximum(learned, ofOthers);
        }

        return new(total.MoveToOuterDisposeScope(), [
            new(LossTerms.Supervised, supervised.detach().MoveToOuterDisposeScope()),
            new(LossTerms.Unsupervised, unsupervised.detach().MoveToOuterDisposeScope()),
            new(LossTerms.Consistency, consistency.detach().MoveToOuterDisposeScope())])
        {
            LearnedShare = input.Counts.ValidEntries > 0 && input.Weights is null
                ? null
                : (learned ?? torch.zeros_like(supervised)).detach().MoveToOuterDisposeScope(),
        };
    }

    /// <summary>Frees the weights' copy on the device.</summary>
    public void Dispose() => _positiveWeights?.Dispose();
}
