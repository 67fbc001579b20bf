using SsMfar.Metadata;
using SsMfar.Randomness;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// A network from images to features. The model that it is given to owns and disposes it. A custom backbone implements
/// <see cref="IBackbone{TSelf}"/>.
/// </summary>
public interface IBackbone
{
    /// <summary>
    /// Gets the network: from normalised images, floating point [N, 3, H, W], to a feature map [N, <see cref="FeatureWidth"/>, h, w], which
    /// the model pools, or to features [N, <see cref="FeatureWidth"/>]. The default is the backbone itself, which must then be such a
    /// module.
    /// </summary>
    torch.nn.Module<torch.Tensor, torch.Tensor> Module => this as torch.nn.Module<torch.Tensor, torch.Tensor>
        ?? throw new InvalidOperationException(
            $"{GetType().Name} is not a torch.nn.Module<Tensor, Tensor>: derive it from that class, or implement {nameof(Module)}.");

    /// <summary>Gets the number of features.</summary>
    int FeatureWidth { get; }

    /// <summary>Gets what a model file says of this backbone, enough to make it again.</summary>
    PartDescription Description { get; }
}

/// <summary>A backbone that model files can name and that can be made again from what they say.</summary>
/// <typeparam name="TSelf">The backbone's own type.</typeparam>
public interface IBackbone<TSelf> : IBackbone
    where TSelf : class, IBackbone<TSelf>
{
    /// <summary>Gets the name of this kind of backbone in model files. Never change it once a model is saved.</summary>
    static abstract string Kind { get; }

    /// <summary>Gets what a model file says of this backbone. The default is its kind, for a backbone without settings.</summary>
    PartDescription IBackbone.Description => new(TSelf.Kind);

    /// <summary>Makes the backbone. Its <see cref="IBackbone.Description"/> must say the same as <paramref name="description"/>.</summary>
    /// <param name="description">Its settings.</param>
    /// <param name="key">What the initial weights are drawn from.</param>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    static abstract TSelf Create(PartDescription description, RandomKey key);
}
