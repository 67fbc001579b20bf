using SsMfar.Losses;
using TorchSharp;

namespace ExtendingSsMfar;

/// <summary>
/// Focal binary cross entropy (Lin et al., "Focal Loss for Dense Object Detection", 2017) for action units: w * (1 - p_t)^gamma * BCE,
/// the mean over the known entries. What is already predicted right weighs little.
/// </summary>
/// <param name="gamma">0 is plain binary cross entropy; the paper uses 2.</param>
/// <param name="positiveWeights">The weight w of each unit where it is present; where it is absent, 1.</param>
internal sealed class FocalActionUnitLoss(double gamma, IEnumerable<double> positiveWeights) : ITaskLoss, IDisposable
{
    private readonly float[] _positiveWeights = [.. positiveWeights.Select(weight => (float)weight)];
    private torch.Tensor? _weights;

    public TaskLossResult Compute(TaskLossInput input)
    {
        // Copied to the device once, and out of every scope, since it outlives the step.
        _weights ??= torch.tensor(_positiveWeights, device: input.Weak.device).DetachFromDisposeScope();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor entropy = torch.nn.functional.binary_cross_entropy_with_logits(
            input.Weak, input.Values, reduction: torch.nn.Reduction.None);

        // p_t = exp(-BCE) is the probability given to the true answer.
        torch.Tensor focal = (1 - entropy.neg().exp()).pow(gamma) * entropy * (1 + (input.Values * (_weights - 1)));

        // The mask is multiplied in and the count comes from the host: nothing waits for the device, and an empty mask gives 0.
        torch.Tensor total = (focal * input.Mask).sum() / Math.Max(1, input.Counts.ValidEntries);
        return new(total.MoveToOuterDisposeScope(), [new("focal", total.detach().MoveToOuterDisposeScope())]);
    }

    public void Dispose() => _weights?.Dispose();
}
