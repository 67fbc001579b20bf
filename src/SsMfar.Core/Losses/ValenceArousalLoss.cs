using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// The loss of valence and arousal, or of any task with continuous labels: <see cref="Concordance.MaskedLoss"/> over the known
/// entries of the weak views. The coefficient is no sum over rows, so under gradient accumulation it is that of each micro-batch,
/// divided by their number. A micro-batch without two valid rows teaches nothing, and its <see cref="TaskLossResult.LearnedShare"/> says
/// so.
/// </summary>
public sealed class ValenceArousalLoss : ITaskLoss
{
    /// <inheritdoc/>
    public LabelMixing Mixing => LabelMixing.Values;

    /// <inheritdoc/>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mask = input.Mask.to(input.Weak.dtype);
        torch.Tensor loss = Concordance.MaskedLoss(input.Weak, input.Values.to(input.Weak.dtype), mask);
        torch.Tensor total = loss / Scalars.Of(Math.Max(1, input.Counts.MicroBatches));
        return new(
            total.MoveToOuterDisposeScope(),
            [new(LossTerms.Supervised, total.detach().MoveToOuterDisposeScope())])
        {
            LearnedShare = Concordance.DefinedShare(mask).MoveToOuterDisposeScope(),
        };
    }
}
