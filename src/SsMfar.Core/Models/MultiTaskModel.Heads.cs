using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Models;

/// <content>From pooled features to every task's outputs.</content>
public sealed partial class MultiTaskModel
{
    /// <summary>Every task's outputs for pooled features, as of a model in evaluation mode.</summary>
    /// <param name="features">[N, <see cref="IBackbone.FeatureWidth"/>].</param>
    /// <returns>[N, output width] for each task; the caller disposes it.</returns>
    internal TaskOutputs FromFeatures(torch.Tensor features)
    {
        ThrowIfDisposed();
        using var scope = torch.NewDisposeScope();
        return new TaskOutputs(TaskNames, [.. Heads(features).Select(output => output.MoveToOuterDisposeScope())]);
    }

    private torch.Tensor[] Heads(torch.Tensor features)
    {
        if (Features.L2Normalize)
        {
            features = features / features.norm(1, keepdim: true, p: 2).clamp_min(Scalars.Of(NormFloor));
        }

        var outputs = new torch.Tensor[_taskHeads.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = _taskHeads[i].Module.call(features);
        }

        return outputs;
    }
}
