using System.Collections.Immutable;
using SsMfar.Randomness;

namespace SsMfar.Models;

/// <summary>Makes a backbone once the seed is known.</summary>
public sealed class BackboneFactory
{
    private readonly Func<RandomKey, IBackbone> _create;

    private BackboneFactory(string name, Func<RandomKey, IBackbone> create, Func<ModelParts, ModelParts>? register = null)
    {
        Name = name;
        _create = create;
        Register = register ?? (parts => parts);
    }

    /// <summary>Gets ResNet-18 (He et al., 2016): 11.2 M parameters, 512 features.</summary>
    public static BackboneFactory ResNet18 { get; } = new("resnet18", key => new ResNet(18, key));

    /// <summary>Gets ResNet-34: 21.3 M parameters, 512 features.</summary>
    public static BackboneFactory ResNet34 { get; } = new("resnet34", key => new ResNet(34, key));

    /// <summary>Gets ResNet-50: 23.5 M parameters, 2048 features.</summary>
    public static BackboneFactory ResNet50 { get; } = new("resnet50", key => new ResNet(50, key));

    /// <summary>Gets the built-in backbones.</summary>
    public static ImmutableArray<BackboneFactory> All { get; } = [ResNet18, ResNet34, ResNet50];

    /// <summary>Gets the name: the kind of the backbone, as in model files and the console.</summary>
    public string Name { get; }

    /// <summary>Adds the backbone to the parts that a model file can name.</summary>
    internal Func<ModelParts, ModelParts> Register { get; }

    /// <summary>Makes a factory for a custom backbone.</summary>
    /// <typeparam name="TBackbone">The backbone.</typeparam>
    /// <param name="create">
    /// Makes it with initial weights drawn from the key, or loads them. The default is the backbone's own
    /// <see cref="IBackbone{TSelf}.Create"/> with a description without settings.
    /// </param>
    public static BackboneFactory Of<TBackbone>(Func<RandomKey, TBackbone>? create = null)
        where TBackbone : class, IBackbone<TBackbone>
    {
        create ??= key => TBackbone.Create(new(TBackbone.Kind), key);
        return new(TBackbone.Kind, create, parts => parts.WithBackbone<TBackbone>());
    }

    /// <summary>Finds the built-in backbone of a name.</summary>
    /// <param name="name">As in <see cref="Name"/>; case does not matter.</param>
    /// <exception cref="ArgumentException">No backbone has that name; the message lists those that exist.</exception>
    public static BackboneFactory Parse(string name) =>
        All.FirstOrDefault(backbone => string.Equals(backbone.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no backbone '{name}'; there are {string.Join(", ", All.Select(b => b.Name))}.",
                nameof(name));

    /// <summary>Makes the backbone; the caller owns it.</summary>
    /// <param name="key">What the initial weights are drawn from.</param>
    public IBackbone Create(RandomKey key) => _create(key);
}
