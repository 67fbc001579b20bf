using System.Collections.Immutable;
using SsMfar.Imaging;
using SsMfar.Randomness;
using SsMfar.Runtime;

namespace SsMfar.Models;

/// <summary>Makes a backbone once the seed is known.</summary>
public sealed class BackboneFactory
{
    // What insightface's networks are trained with, (x / 255 - 0.5) / 0.5 for every colour; the others with ImageNet's numbers.
    private static readonly ImagePreprocessing Halves = new() { Mean = new(0.5f, 0.5f, 0.5f), StandardDeviation = new(0.5f, 0.5f, 0.5f) };

    private readonly Func<RandomKey, IBackbone> _create;

    private BackboneFactory(
        string name, Type type, Func<RandomKey, IBackbone> create, ImagePreprocessing? normalization = null,
        Func<ModelParts, ModelParts>? register = null)
    {
        Name = name;
        Type = type;
        _create = create;
        Normalization = normalization ?? new();
        Register = register ?? (parts => parts);
    }

    /// <summary>Gets ResNet-18 (He et al., 2016): 11.2 M parameters, 512 features.</summary>
    public static BackboneFactory ResNet18 { get; } = BuiltIn("resnet18", key => new ResNet(18, key));

    /// <summary>Gets ResNet-34: 21.3 M parameters, 512 features.</summary>
    public static BackboneFactory ResNet34 { get; } = BuiltIn("resnet34", key => new ResNet(34, key));

    /// <summary>Gets ResNet-50: 23.5 M parameters, 2048 features.</summary>
    public static BackboneFactory ResNet50 { get; } = BuiltIn("resnet50", key => new ResNet(50, key));

    /// <summary>Gets EfficientNet-B0 (Tan and Le, 2019) as in PyTorch's libraries: 4.0 M parameters, 1280 features.</summary>
    public static BackboneFactory EfficientNetB0 { get; } = BuiltIn("efficientnet_b0", key => new EfficientNet(0, key));

    /// <summary>Gets EfficientNet-B2 as in PyTorch's libraries: 7.7 M parameters, 1408 features.</summary>
    public static BackboneFactory EfficientNetB2 { get; } = BuiltIn("efficientnet_b2", key => new EfficientNet(2, key));

    /// <summary>
    /// Gets EfficientNet-B0 for weights that come from TensorFlow (<see cref="EfficientNetOrigin.TensorFlow"/>), as HSEmotion's do: 4.0 M
    /// parameters, 1280 features.
    /// </summary>
    public static BackboneFactory TfEfficientNetB0 { get; } =
        BuiltIn("tf_efficientnet_b0", key => new EfficientNet(0, key, EfficientNetOrigin.TensorFlow));

    /// <summary>Gets EfficientNet-B2 for weights that come from TensorFlow: 7.7 M parameters, 1408 features.</summary>
    public static BackboneFactory TfEfficientNetB2 { get; } =
        BuiltIn("tf_efficientnet_b2", key => new EfficientNet(2, key, EfficientNetOrigin.TensorFlow));

    /// <summary>
    /// Gets insightface's MobileFaceNet (Chen et al., 2018) without its identity layers: 1.8 M parameters, 512 features. Training with it
    /// normalises images with mean and deviation 0.5, as insightface does.
    /// </summary>
    public static BackboneFactory MobileFaceNet { get; } = BuiltIn(Models.MobileFaceNet.Kind, key => new MobileFaceNet(key), Halves);

    /// <summary>
    /// Gets insightface's ResNet-18 for faces without its identity layers: 11.2 M parameters, 512 features. Training with it normalises
    /// images with mean and deviation 0.5, as insightface does.
    /// </summary>
    public static BackboneFactory IResNet18 { get; } = BuiltIn("iresnet18", key => new IResNet(18, key), Halves);

    /// <summary>Gets insightface's ResNet-50 for faces, as <see cref="IResNet18"/>: 30.7 M parameters, 512 features.</summary>
    public static BackboneFactory IResNet50 { get; } = BuiltIn("iresnet50", key => new IResNet(50, key), Halves);

    /// <summary>Gets the built-in backbones.</summary>
    public static ImmutableArray<BackboneFactory> All { get; } =
    [
        ResNet18, ResNet34, ResNet50, EfficientNetB0, EfficientNetB2, TfEfficientNetB0, TfEfficientNetB2, MobileFaceNet, IResNet18,
        IResNet50,
    ];

    /// <summary>Gets the name: the kind of the backbone, as in model files and the console.</summary>
    public string Name { get; }

    /// <summary>Gets the type of what it makes.</summary>
    internal Type Type { get; }

    /// <summary>Gets the mean and deviation that training with it normalises images with; ImageNet's as a rule.</summary>
    internal ImagePreprocessing Normalization { get; }

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
        return new(TBackbone.Kind, typeof(TBackbone), create, register: parts => parts.WithBackbone<TBackbone>());
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
    /// <exception cref="TorchRuntimeException">libtorch cannot be loaded.</exception>
    public IBackbone Create(RandomKey key)
    {
        FirstTensor.Allow();
        return GivenPart.Required(_create(key), $"backbone '{Name}'");
    }

    private static BackboneFactory BuiltIn<TBackbone>(
        string name, Func<RandomKey, TBackbone> create, ImagePreprocessing? normalization = null)
        where TBackbone : class, IBackbone => new(name, typeof(TBackbone), create, normalization);
}
