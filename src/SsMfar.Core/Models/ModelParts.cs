using System.Collections.Immutable;
using SsMfar.Predictions;
using SsMfar.Randomness;

namespace SsMfar.Models;

/// <summary>
/// How parts of a model are made from their descriptions: the built-in backbones <c>resnet18</c>, <c>resnet34</c> and <c>resnet50</c>, the
/// built-in heads <c>linear</c>, <c>mlp</c> and <c>per-output-mlp</c>, and whatever is registered. Immutable; every With gives another
/// registry.
/// </summary>
public sealed class ModelParts
{
    private readonly ImmutableSortedDictionary<string, Func<PartDescription, RandomKey, IBackbone>> _backbones;
    private readonly ImmutableSortedDictionary<string, Func<PartDescription, RandomKey, ITaskHead>> _heads;

    private ModelParts(
        ImmutableSortedDictionary<string, Func<PartDescription, RandomKey, IBackbone>> backbones,
        ImmutableSortedDictionary<string, Func<PartDescription, RandomKey, ITaskHead>> heads,
        TaskDecoders decoders)
    {
        _backbones = backbones;
        _heads = heads;
        Decoders = decoders;
    }

    /// <summary>The built-in parts.</summary>
    public static ModelParts BuiltIn { get; } = CreateBuiltIn();

    /// <summary>The kinds of backbone that are known, sorted.</summary>
    public IEnumerable<string> BackboneKinds => _backbones.Keys;

    /// <summary>The kinds of head that are known, sorted.</summary>
    public IEnumerable<string> HeadKinds => _heads.Keys;

    /// <summary>The decoders that are known.</summary>
    public TaskDecoders Decoders { get; }

    /// <summary>The same registry with one more kind of backbone, or another maker of a known one.</summary>
    /// <param name="kind">The kind that the backbone's <see cref="IBackbone.Description"/> names.</param>
    /// <param name="factory">Makes the backbone from its description, drawing its weights from the key.</param>
    public ModelParts WithBackbone(string kind, Func<PartDescription, RandomKey, IBackbone> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(factory);
        return new ModelParts(_backbones.SetItem(kind, factory), _heads, Decoders);
    }

    /// <summary>The same registry with one more kind of head, or another maker of a known one.</summary>
    /// <param name="kind">The kind that the head's <see cref="ITaskHead.Description"/> names.</param>
    /// <param name="factory">Makes the head from its description, drawing its weights from the key.</param>
    public ModelParts WithHead(string kind, Func<PartDescription, RandomKey, ITaskHead> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(factory);
        return new ModelParts(_backbones, _heads.SetItem(kind, factory), Decoders);
    }

    /// <summary>These parts and one more decoder, or another one of that kind.</summary>
    /// <param name="kind">The name in model files.</param>
    /// <param name="factory">Makes the decoder that a description tells of.</param>
    public ModelParts WithDecoder(string kind, Func<PartDescription, ITaskDecoder> factory) =>
        new(_backbones, _heads, Decoders.With(kind, factory));

    /// <summary>Makes a backbone; the caller owns it.</summary>
    /// <param name="description">Its kind and settings.</param>
    /// <param name="key">What its weights are drawn from.</param>
    /// <exception cref="UnknownPartException">The kind is not registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    public IBackbone CreateBackbone(PartDescription description, RandomKey key) =>
        Find(_backbones, description, "backbone", nameof(WithBackbone))(description, key);

    /// <summary>Makes a head; the caller owns it.</summary>
    /// <param name="description">Its kind and settings.</param>
    /// <param name="key">What its weights are drawn from.</param>
    /// <exception cref="UnknownPartException">The kind is not registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    public ITaskHead CreateHead(PartDescription description, RandomKey key) =>
        Find(_heads, description, "head", nameof(WithHead))(description, key);

    /// <summary>
    /// Makes a whole model; the caller owns it. Part i draws its weights from the key folded with i, the backbone being 0.
    /// </summary>
    /// <param name="architecture">The parts.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="UnknownPartException">A kind is not registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    public MultiTaskModel CreateModel(ModelArchitecture architecture, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        var made = new List<IDisposable>();
        try
        {
            var backbone = CreateBackbone(architecture.Backbone, key.Fold(0));
            made.Add(backbone.Module);
            var heads = new List<KeyValuePair<string, ITaskHead>>();
            foreach (var (task, description) in architecture.Heads)
            {
                var head = CreateHead(description, key.Fold(heads.Count + 1));
                made.Add(head.Module);
                heads.Add(new(task, head));
            }

            return new MultiTaskModel(backbone, architecture.Features, heads);
        }
        catch
        {
            made.ForEach(part => part.Dispose());
            throw;
        }
    }

    /// <summary>Whether a kind of head is the built-in one, not one registered under its name.</summary>
    internal bool IsBuiltInHead(string kind) =>
        BuiltIn._heads.TryGetValue(kind, out var builtIn) && _heads.TryGetValue(kind, out var registered) && builtIn == registered;

    private static TFactory Find<TFactory>(
        ImmutableSortedDictionary<string, TFactory> known, PartDescription description, string role, string register)
    {
        ArgumentNullException.ThrowIfNull(description);
        return known.TryGetValue(description.Kind, out var factory)
            ? factory
            : throw new UnknownPartException(
                $"No {role} of kind '{description.Kind}' is known; known are {string.Join(", ", known.Keys)}. Register it with " +
                    $"{nameof(ModelParts)}.{register}.");
    }

    private static ModelParts CreateBuiltIn()
    {
        var backbones = ImmutableSortedDictionary.CreateBuilder<string, Func<PartDescription, RandomKey,
        IBackbone>>(StringComparer.Ordinal);
        foreach (BackboneFactory backbone in BackboneFactory.All)
        {
            backbones[backbone.Name] = (_, key) => backbone.Create(key);
        }

        var heads = ImmutableSortedDictionary.CreateBuilder<string, Func<PartDescription, RandomKey, ITaskHead>>(StringComparer.Ordinal);
        heads[LinearHead.Kind] = (part, key) => new LinearHead(part.Number("inputs"), part.Number("outputs"), key);
        heads[MlpHead.Kind] = (part, key) => new MlpHead(part.Number("inputs"), part.Number("hidden"), part.Number("outputs"), key);
        heads[PerOutputMlpHead.Kind] = (part, key) =>
            new PerOutputMlpHead(part.Number("inputs"), part.Number("hidden"), part.Number("outputs"), key);
        return new ModelParts(backbones.ToImmutable(), heads.ToImmutable(), TaskDecoders.BuiltIn);
    }
}
