using System.Globalization;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Models;

/// <content>From pooled features to every task's outputs.</content>
public sealed partial class MultiTaskModel
{
    // Of the features and of every task's outputs, as the parts say; a part may work its width out anew each time.
    private int[]? _widths;

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
        _widths ??= [Backbone.FeatureWidth, .. _taskHeads.Select(head => head.OutputWidth)];
        RequireWidth(features, _widths[0], () => $"backbone {Backbone.Description.Kind}", nameof(IBackbone.FeatureWidth));
        if (Features.L2Normalize)
        {
            features = features / features.norm(1, keepdim: true, p: 2).clamp_min(Scalars.Of(NormFloor));
        }

        var outputs = new torch.Tensor[_taskHeads.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            ITaskHead head = _taskHeads[i];
            outputs[i] = head.Module.call(features);
            int task = i;
            RequireWidth(
                outputs[i],
                _widths[i + 1],
                () => $"head {head.Description.Kind} of task '{TaskNames[task]}'",
                nameof(ITaskHead.OutputWidth));
        }

        return outputs;
    }

    // A width that is declared wrongly would be found by libtorch, which knows no names, or not at all: a loss may broadcast.
    private static void RequireWidth(torch.Tensor values, int declared, Func<string> part, string property)
    {
        if (values.dim() != 2 || values.size(1) != declared)
        {
            string shape = string.Join(", ", values.shape);
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The {part()} gave values of shape [{shape}], not of [N, {declared}] as its {property} says: change one of them."));
        }
    }
}
