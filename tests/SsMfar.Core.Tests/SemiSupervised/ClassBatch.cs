using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>What the policy of a class task is given, from a vector of classes.</summary>
internal static class ClassBatch
{
    public static PolicyBatch Of(
        torch.Tensor probabilities, torch.Tensor classes, torch.Tensor labelled, torch.Tensor rowIds, int epoch, long step) =>
        new(probabilities, classes.unsqueeze(1).to(probabilities.dtype), labelled.unsqueeze(1), rowIds, epoch, step);

    /// <summary>Asks about rows without a label.</summary>
    public static PseudoLabels Assign(this IPseudoLabelPolicy policy, torch.Tensor probabilities, torch.Tensor rowIds)
    {
        using torch.Tensor none = torch.zeros([probabilities.size(0), 1], probabilities.dtype, probabilities.device);
        return policy.Assign(new PolicyBatch(probabilities, none, none, rowIds, 1, 0));
    }
}
