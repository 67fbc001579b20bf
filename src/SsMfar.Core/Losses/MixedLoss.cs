using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>A task's loss on a batch in which rows were mixed with others, by what the loss says of its labels.</summary>
internal static class MixedLoss
{
    /// <param name="loss">The task's loss.</param>
    /// <param name="input">Outputs for the mixed rows, and the labels of the batch before it was mixed.</param>
    /// <param name="partners">int64 [N]: the row that each was mixed with, itself for a row that was not; each row once.</param>
    /// <param name="lambda">The share of the row itself, in [0, 1].</param>
    /// <returns>The caller's scope owns it.</returns>
    public static TaskLossResult Compute(ITaskLoss loss, TaskLossInput input, torch.Tensor partners, double lambda)
    {
        torch.Tensor values = input.Values.index_select(0, partners);
        torch.Tensor mask = input.Mask.index_select(0, partners);
        torch.Tensor? weights = input.Weights?.index_select(0, partners);
        if (loss.Mixing == LabelMixing.Values)
        {
            return loss.Compute(input with
            {
                Values = input.Values.lerp(values, 1 - lambda),
                Mask = input.Mask * mask,
                Weights = input.Weights?.lerp(weights!, 1 - lambda),
            });
        }

        // Partners are a permutation, so that both losses are over as many labels, and the divisors hold.
        TaskLossResult own = loss.Compute(input);
        TaskLossResult partner = loss.Compute(input with { Values = values, Mask = mask, Weights = weights });
        return new(
            (own.Total * Scalars.Of(lambda)).Plus(partner.Total * Scalars.Of(1 - lambda)),
            [
                .. own.Terms.Select(term => (term.Key, Value: term.Value * Scalars.Of(lambda)))
                    .Concat(partner.Terms.Select(term => (term.Key, Value: term.Value * Scalars.Of(1 - lambda))))
                    .GroupBy(term => term.Key, term => term.Value)
                    .Select(term => KeyValuePair.Create(term.Key, term.Aggregate((sum, value) => sum.Plus(value)))),
            ])
        {
            LearnedShare = (own.LearnedShare, partner.LearnedShare) is ({ } ofOwn, { } ofPartner)
                ? (ofOwn * Scalars.Of(lambda)).Plus(ofPartner * Scalars.Of(1 - lambda))
                : null,
        };
    }
}
