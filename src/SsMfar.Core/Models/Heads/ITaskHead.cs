using TorchSharp;

namespace SsMfar.Models;

/// <summary>A network from features to one task's outputs. The model that it is given to owns and disposes it.</summary>
public interface ITaskHead
{
    /// <summary>From features, floating point [N, feature width], to outputs [N, <see cref="OutputWidth"/>].</summary>
    torch.nn.Module<torch.Tensor, torch.Tensor> Module { get; }

    /// <summary>The number of outputs a row.</summary>
    int OutputWidth { get; }

    /// <summary>How a model file names this part, so that it can be made again.</summary>
    PartDescription Description { get; }
}
