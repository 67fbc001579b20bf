using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Data;

/// <summary>The labels of one batch on the device. Owns its tensors.</summary>
/// <param name="RowIds">int64 [N]: the rows' indices in the data set.</param>
/// <param name="Tasks">Each task's labels, by name.</param>
/// <param name="Weights">float32 [N, 1]: what the losses of the rows' labels are multiplied by; null where all count as 1.</param>
internal sealed record LabelBatch(
    torch.Tensor RowIds, ImmutableDictionary<string, TaskLabels> Tasks, torch.Tensor? Weights = null) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        RowIds.Dispose();
        Weights?.Dispose();
        foreach (TaskLabels labels in Tasks.Values)
        {
            labels.Values.Dispose();
            labels.Mask.Dispose();
            labels.Learnable?.Dispose();
        }
    }
}

/// <summary>One task's labels of a batch.</summary>
/// <param name="Values">float32 [N, W]: the labels; 0 where unknown.</param>
/// <param name="Mask">float32 [N, W]: 1 where the label is known, else 0.</param>
internal sealed record TaskLabels(torch.Tensor Values, torch.Tensor Mask)
{
    /// <summary>Gets 0 of the label values that no row of the set has, else 1; float32 [1, W], or null where every value is had.</summary>
    public torch.Tensor? Learnable { get; init; }
}
