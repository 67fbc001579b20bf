using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>The entries without a label of the rows with a strong view, for losses that learn entry by entry.</summary>
/// <param name="Unlabelled">[S, W], of the outputs' type: 1 where an entry has no label and other rows do, else 0.</param>
/// <param name="Confidence">
/// [S, W], of the outputs' type, without gradient: the weights of the pseudo-labels, 0 where an entry has a label, whatever a policy says.
/// </param>
internal readonly record struct UnlabelledEntries(torch.Tensor Unlabelled, torch.Tensor Confidence)
{
    /// <summary>Of a loss's input with pseudo-labels; the current scope owns the tensors.</summary>
    public static UnlabelledEntries Of(TaskLossInput input, StrongViews strong)
    {
        torch.Tensor unlabelled = input.Mask.to(strong.Outputs.dtype).index_select(0, strong.Rows).From(1);
        unlabelled = input.Learnable is { } learnable ? unlabelled * learnable.to(unlabelled.dtype) : unlabelled;
        return new(unlabelled, strong.PseudoLabels!.Confidence.detach().to(strong.Outputs.dtype) * unlabelled);
    }

    /// <summary>A scalar: 1 where there is an entry to learn from, else 0.</summary>
    /// <param name="sure">Whether anything is learned of entries that have any confidence.</param>
    /// <param name="unsure">Whether anything is learned of entries that lack some.</param>
    public torch.Tensor Learned(bool sure, bool unsure)
    {
        torch.Tensor learned = torch.zeros([], Unlabelled.dtype, Unlabelled.device);
        if (sure)
        {
            learned = torch.maximum(learned, Confidence.gt(Scalars.Of(0)).any().to(Unlabelled.dtype));
        }

        return unsure ? torch.maximum(learned, (Unlabelled - Confidence).gt(Scalars.Of(0)).any().to(Unlabelled.dtype)) : learned;
    }
}
