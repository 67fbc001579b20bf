using TorchSharp;

namespace SsMfar.Losses;

/// <summary>Makes losses of functions.</summary>
public static class TaskLoss
{
    /// <summary>
    /// Makes a loss of a function of the weak views' outputs. The loss opens the dispose scope, so that the function frees nothing itself,
    /// and reports its value as <see cref="LossTerms.Supervised"/>.
    /// </summary>
    /// <param name="compute">
    /// From outputs, floating point [N, K], labels and mask, floating point [N, W], and counts to the scalar to minimise. It must multiply
    /// by the mask, which has the weights of rows in it where the data set has any, and divide by a count, such as
    /// <c>Math.Max(1, counts.ValidEntries)</c>, so that an empty mask gives 0.
    /// </param>
    /// <param name="mixing">What mixup mixes for this loss. The default is right for a sum over rows.</param>
    public static ITaskLoss From(
        Func<torch.Tensor, torch.Tensor, torch.Tensor, LossCounts, torch.Tensor> compute, LabelMixing mixing = LabelMixing.Losses)
    {
        ArgumentNullException.ThrowIfNull(compute);
        return new FunctionLoss(compute, mixing);
    }

    /// <summary>
    /// Whether a loss of the library learns from labels alone, and never looks at strong views; false of others, which cannot be known.
    /// </summary>
    internal static bool IsOfLabelsAlone(ITaskLoss loss) =>
        loss is FunctionLoss or OrdinalLoss or ActionUnitLoss { Unlabelled: null } or ValenceArousalLoss { Unlabelled: null };

    private sealed class FunctionLoss(
        Func<torch.Tensor, torch.Tensor, torch.Tensor, LossCounts, torch.Tensor> compute, LabelMixing mixing) : ITaskLoss
    {
        public LabelMixing Mixing => mixing;

        public TaskLossResult Compute(TaskLossInput input)
        {
            ArgumentNullException.ThrowIfNull(input);
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor total = compute(
                input.Weak, input.Values, input.Weights is null ? input.Mask : input.Mask * input.Weights, input.Counts);
            if (total.dim() != 0)
            {
                throw new InvalidOperationException(
                    $"The loss is a tensor of the shape [{string.Join(", ", total.shape)}], not a scalar. Sum it over rows and columns.");
            }

            return new(total.MoveToOuterDisposeScope(), [new(LossTerms.Supervised, total.detach().MoveToOuterDisposeScope())])
            {
                LearnedShare = input.AnyWeighted()?.MoveToOuterDisposeScope(),
            };
        }
    }
}
