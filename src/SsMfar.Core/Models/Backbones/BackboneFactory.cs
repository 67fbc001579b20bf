using System.Collections.Immutable;
using SsMfar.Randomness;

namespace SsMfar.Models;

/// <summary>Makes a backbone once the seed is known.</summary>
/// <param name="Name">The name, as in the console: lower case.</param>
/// <param name="Create">Makes the backbone with initial weights drawn from the key.</param>
public sealed record BackboneFactory(string Name, Func<RandomKey, IBackbone> Create)
{
    /// <summary>ResNet-18 (He et al., 2016): 11.2 M parameters, 512 features.</summary>
    public static BackboneFactory ResNet18 { get; } = new("resnet18", key => new ResNet(18, key));

    /// <summary>ResNet-34: 21.3 M parameters, 512 features.</summary>
    public static BackboneFactory ResNet34 { get; } = new("resnet34", key => new ResNet(34, key));

    /// <summary>ResNet-50: 23.5 M parameters, 2048 features.</summary>
    public static BackboneFactory ResNet50 { get; } = new("resnet50", key => new ResNet(50, key));

    /// <summary>The built-in backbones.</summary>
    public static ImmutableArray<BackboneFactory> All { get; } = [ResNet18, ResNet34, ResNet50];

    /// <summary>The built-in backbone of a name.</summary>
    /// <param name="name">As in <see cref="Name"/>; case does not matter.</param>
    /// <exception cref="ArgumentException">No backbone has that name; the message lists those that exist.</exception>
    public static BackboneFactory Parse(string name) =>
        All.FirstOrDefault(backbone => string.Equals(backbone.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no backbone '{name}'; there are {string.Join(", ", All.Select(b => b.Name))}.",
                nameof(name));
}
