using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Validation;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// The loss of valence and arousal, or of any task with continuous labels: <see cref="Concordance.MaskedLoss"/> over the known
/// entries of the weak views. The coefficient is no sum over rows, so under gradient accumulation it is that of each micro-batch,
/// divided by their number. A micro-batch without two valid rows teaches nothing, and its <see cref="TaskLossResult.LearnedShare"/> says
/// so. Where it is made for targets of entries without a label (<see cref="TeacherEstimatePolicy"/>), strong views are held to those
/// beside; entries with a label take no part in that.
/// </summary>
public sealed class ValenceArousalLoss : ITaskLoss
{
    private const double QuadraticTo = 0.1;

    /// <summary>Makes the loss.</summary>
    /// <param name="unlabelled">What is learned of entries without a label, or null for nothing; copied.</param>
    /// <param name="rampUp">How the weight of that grows over the epochs, beside its own ramp; null for all at once; copied.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every fault.</exception>
    public ValenceArousalLoss(UnlabelledValueOptions? unlabelled = null, RampUpOptions? rampUp = null)
    {
        Unlabelled = unlabelled?.Copy();
        RampUp = rampUp?.Copy() ?? new();
        OptionFaults.Refuse(RampUp, nameof(rampUp));
        if (Unlabelled is not null)
        {
            OptionFaults.Refuse(Unlabelled, nameof(unlabelled));
        }
    }

    /// <inheritdoc/>
    public LabelMixing Mixing => LabelMixing.Values;

    /// <summary>Gets what is learned of entries without a label, or null for nothing.</summary>
    internal UnlabelledValueOptions? Unlabelled { get; }

    internal RampUpOptions RampUp { get; }

    /// <inheritdoc/>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mask = input.Mask.to(input.Weak.dtype);
        torch.Tensor loss = Concordance.MaskedLoss(
            input.Weak, input.Values.to(input.Weak.dtype), mask, input.Weights?.to(input.Weak.dtype));
        torch.Tensor total = loss / Scalars.Of(Math.Max(1, input.Counts.MicroBatches));
        torch.Tensor learned = Concordance.DefinedShare(
            input.Weights is null ? mask : input.WeightedMask().gt(Scalars.Of(0)).to(mask.dtype));
        List<KeyValuePair<string, torch.Tensor>> terms = [new(LossTerms.Supervised, total.detach().MoveToOuterDisposeScope())];
        if (Unlabelled is not null)
        {
            torch.Tensor unsupervised = torch.zeros_like(total);
            if (input.Strong is { PseudoLabels: { } pseudoLabels } strong)
            {
                UnlabelledEntries entries = UnlabelledEntries.Of(input, strong);
                unsupervised = Compare(strong.Outputs, pseudoLabels, entries, input.Counts);
                if (Unlabelled.WeakViews)
                {
                    unsupervised = unsupervised.Plus(
                        Compare(input.Weak.index_select(0, strong.Rows), pseudoLabels, entries, input.Counts));
                }

                total = total.Plus(unsupervised * Scalars.Of(Unlabelled.Weight * Ramp(input.Epoch)));
                learned = Unlabelled.Weight > 0 ? torch.maximum(learned, Share(entries)) : learned;
            }

            terms.Add(new(LossTerms.Unsupervised, unsupervised.detach().MoveToOuterDisposeScope()));
        }

        return new(total.MoveToOuterDisposeScope(), terms) { LearnedShare = learned.detach().MoveToOuterDisposeScope() };
    }

    /// <summary>What the weight is multiplied by in an epoch.</summary>
    internal double Ramp(int epoch)
    {
        RampUpOptions own = new() { WarmUpEpochs = RampUp.WarmUpEpochs, Epochs = Unlabelled!.RampUpEpochs };
        return RampUp.Factor(epoch) * own.Factor(epoch);
    }

    private torch.Tensor Compare(torch.Tensor outputs, PseudoLabels pseudoLabels, UnlabelledEntries entries, LossCounts counts)
    {
        torch.Tensor targets = pseudoLabels.Targets.detach().to(outputs.dtype);
        if (Unlabelled!.Kind == UnlabelledValueLoss.Concordance)
        {
            return Concordance.MaskedLoss(outputs, targets, Counted(entries)) / Scalars.Of(Math.Max(1, counts.MicroBatches));
        }

        torch.Tensor difference = outputs - targets;
        torch.Tensor each = difference.Squared();
        if (Unlabelled.Kind == UnlabelledValueLoss.SmoothL1)
        {
            torch.Tensor size = difference.abs();
            each = torch.where(
                size.lt(Scalars.Of(QuadraticTo)),
                each * Scalars.Of(0.5 / QuadraticTo),
                size.Plus(-0.5 * QuadraticTo));
        }

        return (each * entries.Confidence).sum() / Scalars.Of(Math.Max(1, counts.UnlabelledEntries));
    }

    private torch.Tensor Share(UnlabelledEntries entries) => Unlabelled!.Kind == UnlabelledValueLoss.Concordance
        ? Concordance.DefinedShare(Counted(entries))
        : entries.Learned(sure: true, unsure: false);

    // Moments of fractions of rows are none: an entry counts, or it does not.
    private static torch.Tensor Counted(UnlabelledEntries entries) =>
        entries.Confidence.gt(Scalars.Of(0)).to(entries.Confidence.dtype);
}
