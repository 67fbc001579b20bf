using System.Collections.Immutable;
using SsMfar.Models;

namespace SsMfar.Predictions;

/// <summary>
/// How decoders are made from their descriptions in a model file: the four built-in kinds (<see cref="ExpressionDecoder"/>,
/// <see cref="ValenceArousalDecoder"/>, <see cref="ActionUnitDecoder"/>, <see cref="NumberDecoder"/>) and whatever is registered.
/// Immutable; every With gives another registry.
/// </summary>
public sealed class TaskDecoders
{
    private readonly ImmutableSortedDictionary<string, Func<PartDescription, ITaskDecoder>> _factories;

    private TaskDecoders(ImmutableSortedDictionary<string, Func<PartDescription, ITaskDecoder>> factories) => _factories = factories;

    /// <summary>The built-in decoders.</summary>
    public static TaskDecoders BuiltIn { get; } =
        new TaskDecoders(ImmutableSortedDictionary.Create<string, Func<PartDescription, ITaskDecoder>>(StringComparer.Ordinal))
        .With(ExpressionDecoder.Kind, ExpressionDecoder.From)
        .With(ValenceArousalDecoder.Kind, _ => new ValenceArousalDecoder())
        .With(ActionUnitDecoder.Kind, ActionUnitDecoder.From)
        .With(NumberDecoder.Kind, _ => new NumberDecoder());

    /// <summary>The kinds that are known, sorted.</summary>
    internal IEnumerable<string> Kinds => _factories.Keys;

    /// <summary>These decoders and one more, or another one of that kind.</summary>
    /// <param name="kind">The kind that the decoder's <see cref="ITaskDecoder.Description"/> names.</param>
    /// <param name="factory">Makes the decoder that a description tells of.</param>
    public TaskDecoders With(string kind, Func<PartDescription, ITaskDecoder> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(factory);
        return new(_factories.SetItem(kind, factory));
    }

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="UnknownPartException">No decoder of that kind is registered; the message lists those that are.</exception>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    /// <exception cref="ArgumentException">A setting has a value that cannot be used.</exception>
    public ITaskDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return _factories.TryGetValue(description.Kind, out Func<PartDescription, ITaskDecoder>? factory)
            ? factory(description)
            : throw new UnknownPartException(
                $"No decoder of kind '{description.Kind}' is known; known are {string.Join(", ", Kinds)}. Register it: " +
                $"ModelParts.WithDecoder where a model file is loaded, {nameof(TaskDecoders)}.{nameof(With)} elsewhere.");
    }
}
