using TorchSharp;

namespace SsMfar.Metrics;

/// <summary>How a task is judged, over as many batches as it takes. Not safe for use from several threads at once.</summary>
public interface ITaskMetric
{
    /// <summary>Takes a batch in.</summary>
    /// <param name="outputs">floating point [N, K]: the model's outputs for the task, without gradient.</param>
    /// <param name="values">floating point [N, W]: the labels; 0 where unknown.</param>
    /// <param name="mask">floating point [N, W]: 1 where the label is known, else 0.</param>
    void Update(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask);

    /// <summary>The score over all batches since the metric was made.</summary>
    TaskScore Compute();
}
