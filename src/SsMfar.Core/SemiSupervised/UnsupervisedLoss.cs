using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>Cross entropy of the strong views against pseudo-labels, L_CE^u of section 2.6 of the SS-MFAR paper.</summary>
public static class UnsupervisedLoss
{
    /// <summary>
    /// sum(confidence * w[c] * -log softmax(strong)[c]) / strongRows, c the pseudo-label. Divided by the number of all rows with a
    /// strong view, confident or not. The pseudo-labels carry no gradient, so none reaches the weak views. Exactly 0, with gradient
    /// 0, when no row is confident.
    /// </summary>
    /// <param name="strongLogits">floating point [S, K].</param>
    /// <param name="pseudoLabels">Classes and confidence of the S rows.</param>
    /// <param name="strongRows">
    /// What the sum is divided by: S, or that of the effective batch under gradient accumulation; below 1 counts as 1.
    /// </param>
    /// <param name="classWeights">floating point [K], of the logits' type and device, or null for none.</param>
    /// <returns>A scalar; the caller disposes it.</returns>
    public static torch.Tensor Compute(
        torch.Tensor strongLogits, PseudoLabels pseudoLabels, int strongRows, torch.Tensor? classWeights = null)
    {
        ArgumentNullException.ThrowIfNull(strongLogits);
        ArgumentNullException.ThrowIfNull(pseudoLabels);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weights = pseudoLabels.Confidence.detach().to(strongLogits.dtype);
        if (classWeights is not null)
        {
            weights = weights * classWeights.index_select(0, pseudoLabels.Targets);
        }

        torch.Tensor logLikelihood = torch.nn.functional.log_softmax(strongLogits, 1).gather(1, pseudoLabels.Targets.unsqueeze(1))
            .squeeze(1);
        return ((logLikelihood * weights).sum() / Scalars.Of(-(double)Math.Max(1, strongRows))).MoveToOuterDisposeScope();
    }
}
