using System.Collections.Immutable;
using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;

namespace SsMfar.Models;

/// <summary>
/// How parts of a model are made from what a model file says of them: the built-in backbones (<see cref="BackboneFactory.All"/>), the
/// built-in heads <c>linear</c>, <c>mlp</c>, <c>per-output-mlp</c> and <c>ordinal-mlp</c>, and whatever is registered. Immutable; every
/// With returns another registry.
/// </summary>
public sealed class ModelParts
{
    private readonly ImmutableSortedDictionary<string, Known<IBackbone>> _backbones;
    private readonly ImmutableSortedDictionary<string, Known<ITaskHead>> _heads;

    private ModelParts(
        ImmutableSortedDictionary<string, Known<IBackbone>> backbones,
        ImmutableSortedDictionary<string, Known<ITaskHead>> heads,
        TaskDecoders decoders)
    {
        _backbones = backbones;
        _heads = heads;
        Decoders = decoders;
    }

    /// <summary>Gets the built-in parts.</summary>
    public static ModelParts BuiltIn { get; } = CreateBuiltIn();

    /// <summary>Gets the kinds of backbone that are known, sorted.</summary>
    internal IEnumerable<string> BackboneKinds => _backbones.Keys;

    /// <summary>Gets the kinds of head that are known, sorted.</summary>
    internal IEnumerable<string> HeadKinds => _heads.Keys;

    /// <summary>Gets the decoders that are known.</summary>
    public TaskDecoders Decoders { get; }

    /// <summary>Returns these parts and one more backbone; it replaces one of the same kind.</summary>
    /// <typeparam name="TBackbone">The backbone.</typeparam>
    public ModelParts WithBackbone<TBackbone>()
        where TBackbone : class, IBackbone<TBackbone>
    {
        ArgumentException.ThrowIfNullOrEmpty(TBackbone.Kind);
        return new(_backbones.SetItem(TBackbone.Kind, new(typeof(TBackbone), TBackbone.Create)), _heads, Decoders);
    }

    /// <summary>Returns these parts and one more head; it replaces one of the same kind.</summary>
    /// <typeparam name="THead">The head.</typeparam>
    public ModelParts WithHead<THead>()
        where THead : class, ITaskHead<THead>
    {
        ArgumentException.ThrowIfNullOrEmpty(THead.Kind);
        return new(_backbones, _heads.SetItem(THead.Kind, new(typeof(THead), THead.Create)), Decoders);
    }

    /// <summary>Returns these parts and one more decoder; it replaces one of the same kind.</summary>
    /// <typeparam name="TDecoder">The decoder.</typeparam>
    public ModelParts WithDecoder<TDecoder>()
        where TDecoder : class, ITaskDecoder<TDecoder> => new(_backbones, _heads, Decoders.With<TDecoder>());

    /// <summary>Makes a backbone; the caller owns it.</summary>
    /// <param name="description">Its kind and settings.</param>
    /// <param name="key">What its weights are drawn from.</param>
    /// <exception cref="UnknownPartException">The kind is not registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    internal IBackbone CreateBackbone(PartDescription description, RandomKey key) =>
        Find(_backbones, description, "backbone", nameof(WithBackbone)).Create(description, key);

    /// <summary>Makes a head; the caller owns it.</summary>
    /// <param name="description">Its kind and settings.</param>
    /// <param name="key">What its weights are drawn from.</param>
    /// <exception cref="UnknownPartException">The kind is not registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    internal ITaskHead CreateHead(PartDescription description, RandomKey key) =>
        Find(_heads, description, "head", nameof(WithHead)).Create(description, key);

    /// <summary>
    /// Makes a whole model; the caller owns it. Part i draws its weights from the key folded with i, the backbone being 0.
    /// </summary>
    /// <param name="architecture">The parts.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="UnknownPartException">A kind is not registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    internal MultiTaskModel CreateModel(ModelArchitecture architecture, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        FirstTensor.Allow();
        var made = new List<IDisposable>();
        try
        {
            var backbone = CreateBackbone(architecture.Backbone, key.Fold(0));
            made.Add(backbone.Module);
            var heads = new List<KeyValuePair<string, ITaskHead>>();
            foreach (TaskHeadDescription described in architecture.Heads)
            {
                var head = CreateHead(described.Head, key.Fold(heads.Count + 1));
                made.Add(head.Module);
                heads.Add(new(described.Task, head));
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
        BuiltIn._heads.TryGetValue(kind, out var builtIn) && _heads.TryGetValue(kind, out var registered) &&
        builtIn.Type == registered.Type;

    /// <summary>The type that is registered for a kind of backbone; null where none is.</summary>
    internal Type? BackboneType(string kind) => _backbones.GetValueOrDefault(kind)?.Type;

    /// <summary>The type that is registered for a kind of head; null where none is.</summary>
    internal Type? HeadType(string kind) => _heads.GetValueOrDefault(kind)?.Type;

    private static Known<TPart> Find<TPart>(
        ImmutableSortedDictionary<string, Known<TPart>> known, PartDescription description, string role, string register)
    {
        ArgumentNullException.ThrowIfNull(description);
        return known.TryGetValue(description.Kind, out var part)
            ? part
            : throw new UnknownPartException(
                $"No {role} of kind '{description.Kind}' is known; known are {string.Join(", ", known.Keys)}.",
                $"Register it with {nameof(ModelParts)}.{register}<T>().");
    }

    private static ModelParts CreateBuiltIn()
    {
        var backbones = ImmutableSortedDictionary.CreateBuilder<string, Known<IBackbone>>(StringComparer.Ordinal);
        foreach (BackboneFactory backbone in BackboneFactory.All)
        {
            backbones[backbone.Name] = new(backbone.Type, (_, key) => backbone.Create(key));
        }

        var heads = ImmutableSortedDictionary.Create<string, Known<ITaskHead>>(StringComparer.Ordinal);
        return new ModelParts(backbones.ToImmutable(), heads, TaskDecoders.BuiltIn)
            .WithHead<LinearHead>().WithHead<MlpHead>().WithHead<PerOutputMlpHead>().WithHead<OrdinalMlpHead>();
    }

    private sealed record Known<TPart>(Type Type, Func<PartDescription, RandomKey, TPart> Create);
}
