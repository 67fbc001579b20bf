using System.Collections.Immutable;

namespace SsMfar.Metadata;

/// <summary>
/// How decoders are made from their descriptions in a model file: the five built-in kinds (<see cref="ExpressionDecoder"/>,
/// <see cref="ValenceArousalDecoder"/>, <see cref="ActionUnitDecoder"/>, <see cref="ActionUnitIntensityDecoder"/>,
/// <see cref="NumberDecoder"/>) and whatever is registered. Immutable: <see cref="With{TDecoder}"/> returns another registry.
/// </summary>
public sealed class TaskDecoders
{
    private readonly ImmutableSortedDictionary<string, Func<PartDescription, ITaskDecoder>> _known;

    private TaskDecoders(ImmutableSortedDictionary<string, Func<PartDescription, ITaskDecoder>> known) => _known = known;

    /// <summary>Gets the built-in decoders.</summary>
    public static TaskDecoders BuiltIn { get; } =
        new TaskDecoders(ImmutableSortedDictionary.Create<string, Func<PartDescription, ITaskDecoder>>(StringComparer.Ordinal))
        .With<ExpressionDecoder>().With(ExpressionDecoder.TunedKind, ExpressionDecoder.Create)
        .With<ValenceArousalDecoder>().With<ActionUnitDecoder>().With<ActionUnitIntensityDecoder>().With<NumberDecoder>();

    /// <summary>Gets the kinds that are known, sorted.</summary>
    internal IEnumerable<string> Kinds => _known.Keys;

    /// <summary>Returns these decoders and one more; it replaces one of the same kind.</summary>
    /// <typeparam name="TDecoder">The decoder.</typeparam>
    public TaskDecoders With<TDecoder>()
        where TDecoder : class, ITaskDecoder<TDecoder>
    {
        ArgumentException.ThrowIfNullOrEmpty(TDecoder.Kind);
        return With(TDecoder.Kind, TDecoder.Create);
    }

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="UnknownPartException">No decoder of that kind is registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    /// <exception cref="ArgumentException">A setting has a value that cannot be used.</exception>
    public ITaskDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return _known.TryGetValue(description.Kind, out Func<PartDescription, ITaskDecoder>? create)
            ? create(description)
            : throw new UnknownPartException(
                $"No decoder of kind '{description.Kind}' is known; known are {string.Join(", ", Kinds)}.",
                $"Register it: ModelParts.WithDecoder<T>() where a model file is loaded, {nameof(TaskDecoders)}.{nameof(With)}<T>() " +
                    "elsewhere.");
    }

    private TaskDecoders With(string kind, Func<PartDescription, ITaskDecoder> create) => new(_known.SetItem(kind, create));
}
