using TorchSharp;

namespace SsMfar.Models;

/// <summary>A network from images to features. The model that it is given to owns and disposes it.</summary>
public interface IBackbone
{
    /// <summary>
    /// From normalised images, floating point [N, 3, H, W], to a feature map [N, <see cref="FeatureWidth"/>, h, w], which the model
    /// pools, or to features [N, <see cref="FeatureWidth"/>].
    /// </summary>
    torch.nn.Module<torch.Tensor, torch.Tensor> Module { get; }

    /// <summary>The number of features.</summary>
    int FeatureWidth { get; }

    /// <summary>How a model file names this part, so that it can be made again.</summary>
    PartDescription Description { get; }
}
