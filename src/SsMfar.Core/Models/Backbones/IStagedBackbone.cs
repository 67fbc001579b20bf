using TorchSharp;

namespace SsMfar.Models;

/// <summary>A backbone that marks where its stages begin (<see cref="Kernels.Marks.GradientMark"/>).</summary>
internal interface IStagedBackbone
{
    /// <summary>
    /// Gets the parts that begin with a mark, in the order of a forward pass; what comes before the first is none of them.
    /// </summary>
    IReadOnlyList<torch.nn.Module> Stages { get; }
}
