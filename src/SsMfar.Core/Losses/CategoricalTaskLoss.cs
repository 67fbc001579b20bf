using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// The loss of a task whose label is one of K classes: l1 * cross entropy on labelled rows, l2 * cross entropy of the strong views
/// against pseudo-labels, l3 * symmetric KL divergence of the two views (<see cref="CrossEntropy"/>, <see cref="UnsupervisedLoss"/>,
/// <see cref="ConsistencyLoss"/>). The last two are 0 where the batch has no pseudo-labels, and weigh less in the epochs of a ramp-up.
/// Reports the three terms unweighted.
/// </summary>
public sealed class CategoricalTaskLoss : ITaskLoss, IDisposable
{
    private readonly WeightVector? _classWeights;

    /// <summary>Makes the loss.</summary>
    /// <param name="weights">The weights of the three terms; copied.</param>
    /// <param name="classWeights">One weight a class (equation 1), or null for none; copied.</param>
    /// <param name="labelSmoothing">
    /// How far labels are smoothed, in [0, 1) (<see cref="CrossEntropy.PerRow"/>); pseudo-labels are not.
    /// </param>
    /// <param name="rampUp">How l2 and l3 grow over the epochs; null for their whole weight from the start; copied.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labelSmoothing"/> is out of range.</exception>
    public CategoricalTaskLoss(
        ExpressionLossWeights weights,
        IReadOnlyList<double>? classWeights = null,
        double labelSmoothing = 0,
        RampUpOptions? rampUp = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        CrossEntropy.CheckSmoothing(labelSmoothing);
        Weights = weights.Copy();
        OptionFaults.Refuse(Weights, nameof(weights));
        LabelSmoothing = labelSmoothing;
        RampUp = rampUp?.Copy() ?? new();
        OptionFaults.Refuse(RampUp, nameof(rampUp));
        _classWeights = WeightVector.From(classWeights, "class weights");
    }

    internal ExpressionLossWeights Weights { get; }

    internal double LabelSmoothing { get; }

    internal RampUpOptions RampUp { get; }

    /// <summary>Gets one weight a class, or null for none.</summary>
    internal IReadOnlyList<double>? ClassWeights => _classWeights?.Values;

    /// <inheritdoc/>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weak = input.Weak;
        torch.Tensor? classWeights = _classWeights?.For(weak);
        torch.Tensor mask = input.WeightedMask().squeeze(1);
        torch.Tensor classes = (input.Values * input.Mask).squeeze(1).to(torch.ScalarType.Int64);
        torch.Tensor supervised = CrossEntropy.Masked(weak, classes, mask, input.Counts.ValidEntries, classWeights, LabelSmoothing);
        double supervisedWeight = input.Counts.StrongRows == 0 ? Weights.WithoutUnlabelled ?? Weights.Supervised : Weights.Supervised;
        torch.Tensor total = supervised * Scalars.Of(supervisedWeight);

        double factor = RampUp.Factor(input.Epoch);
        torch.Tensor unsupervised, consistency;
        if (input.Strong is { PseudoLabels: { } pseudoLabels } strong)
        {
            unsupervised = UnsupervisedLoss.Compute(
                strong.Outputs, pseudoLabels, input.Counts.StrongRows, Weights.PseudoLabelClassWeights ? classWeights : null);
            consistency = ConsistencyLoss.Compute(
                weak.index_select(0, strong.Rows), strong.Outputs, pseudoLabels.Confidence, input.Counts.MicroBatches);
            double unsupervisedWeight = Weights.UnsupervisedIn(input.Counts.ValidEntries, input.Counts.StrongRows);
            total = total.Plus(unsupervised * Scalars.Of(unsupervisedWeight * factor))
                .Plus(consistency * Scalars.Of(Weights.Consistency * factor));
        }
        else
        {
            unsupervised = torch.zeros_like(supervised);
            consistency = torch.zeros_like(supervised);
        }

        return new(total.MoveToOuterDisposeScope(), [
            new(LossTerms.Supervised, supervised.detach().MoveToOuterDisposeScope()),
            new(LossTerms.Unsupervised, unsupervised.detach().MoveToOuterDisposeScope()),
            new(LossTerms.Consistency, consistency.detach().MoveToOuterDisposeScope())])
        {
            LearnedShare = supervisedWeight > 0 && input.Counts.ValidEntries > 0 && input.Weights is null
                ? null
                : LearnedFrom(
                    supervisedWeight > 0 ? input.AnyWeighted() : null, factor > 0 ? input.Strong?.PseudoLabels : null, weak)
                    .MoveToOuterDisposeScope(),
        };
    }

    // In a step without a label (that counts) there are pseudo-labels to learn from, or views to hold together, as their weights allow.
    private torch.Tensor LearnedFrom(torch.Tensor? labels, PseudoLabels? pseudoLabels, torch.Tensor outputs)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor learned = labels?.clone() ?? torch.zeros([], outputs.dtype, outputs.device);
        if (pseudoLabels is { Confidence: { } confidence } && Weights.Unsupervised > 0)
        {
            learned = torch.maximum(learned, confidence.detach().gt(Scalars.Of(0)).any().to(outputs.dtype));
        }

        if (pseudoLabels is { Confidence: { } sure } && Weights.Consistency > 0)
        {
            learned = torch.maximum(learned, sure.detach().lt(Scalars.Of(1)).any().to(outputs.dtype));
        }

        return learned.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the weights' copy on the device.</summary>
    public void Dispose() => _classWeights?.Dispose();
}
