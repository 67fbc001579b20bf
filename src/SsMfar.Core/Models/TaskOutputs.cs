using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>The outputs of each task for a batch, by task name, in the model's order. Disposing it disposes the tensors.</summary>
public sealed class TaskOutputs : IDisposable
{
    private readonly torch.Tensor[] _outputs;

    internal TaskOutputs(ImmutableArray<string> names, torch.Tensor[] outputs)
    {
        Names = names;
        _outputs = outputs;
    }

    /// <summary>Gets the tasks' names, in order.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>A task's outputs, floating point [N, output width].</summary>
    /// <param name="task">The task's name.</param>
    /// <exception cref="KeyNotFoundException">The model has no such task; the message lists those it has.</exception>
    public torch.Tensor this[string task]
    {
        get
        {
            int index = Names.IndexOf(task);
            return index >= 0
                ? _outputs[index]
                : throw new KeyNotFoundException($"The model has no task '{task}'; it has {string.Join(", ", Names)}.");
        }
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (var output in _outputs)
        {
            output.Dispose();
        }
    }
}
