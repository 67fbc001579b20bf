using SsMfar.Metadata;
using SsMfar.Randomness;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// A network from features to one task's outputs. The model that it is given to owns and disposes it. A custom head implements
/// <see cref="ITaskHead{TSelf}"/>.
/// </summary>
public interface ITaskHead
{
    /// <summary>
    /// Gets the network: from features, floating point [N, feature width], to outputs [N, <see cref="OutputWidth"/>]. The default is the
    /// head itself, which must then be such a module.
    /// </summary>
    torch.nn.Module<torch.Tensor, torch.Tensor> Module => this as torch.nn.Module<torch.Tensor, torch.Tensor>
        ?? throw new InvalidOperationException(
            $"{GetType().Name} is not a torch.nn.Module<Tensor, Tensor>: derive it from that class, or implement {nameof(Module)}.");

    /// <summary>Gets the number of outputs a row. The default is the setting <c>outputs</c> of <see cref="Description"/>.</summary>
    int OutputWidth => Description.Number("outputs");

    /// <summary>Gets what a model file says of this head, enough to make it again.</summary>
    PartDescription Description { get; }
}

/// <summary>A head that model files can name and that can be made again from what they say.</summary>
/// <typeparam name="TSelf">The head's own type.</typeparam>
public interface ITaskHead<TSelf> : ITaskHead
    where TSelf : class, ITaskHead<TSelf>
{
    /// <summary>Gets the name of this kind of head in model files. Never change it once a model is saved.</summary>
    static abstract string Kind { get; }

    /// <summary>Makes the head. Its <see cref="ITaskHead.Description"/> must say the same as <paramref name="description"/>.</summary>
    /// <param name="description">Its settings: <c>inputs</c>, <c>outputs</c> and whatever else the head needs.</param>
    /// <param name="key">What the initial weights are drawn from.</param>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    static abstract TSelf Create(PartDescription description, RandomKey key);
}
