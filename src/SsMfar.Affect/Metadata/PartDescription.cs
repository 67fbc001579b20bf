using System.Collections.Immutable;
using System.Globalization;

namespace SsMfar.Metadata;

/// <summary>
/// How a model file names a part of the model: a kind, by which it is looked up, and the settings to make it again. Built-in kinds
/// resolve themselves; others are registered when a model is loaded. Two are equal when kind and settings are.
/// </summary>
/// <param name="kind">The registered name, such as <c>resnet18</c> or <c>mlp</c>.</param>
/// <param name="settings">Settings as text, in invariant culture; none when null.</param>
public sealed class PartDescription(string kind, ImmutableSortedDictionary<string, string>? settings = null)
    : IEquatable<PartDescription>
{
    /// <summary>Gets the registered name, such as <c>resnet18</c> or <c>mlp</c>.</summary>
    public string Kind => kind;

    /// <summary>Gets the settings as text, in invariant culture.</summary>
    /// <remarks>In ordinal order, so that a description reads alike in every culture.</remarks>
    public ImmutableSortedDictionary<string, string> Settings { get; } =
        (settings ?? ImmutableSortedDictionary<string, string>.Empty).WithComparers(StringComparer.Ordinal);

    /// <summary>The same description with one more setting.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="value">A number, text or truth value; written in invariant culture.</param>
    public PartDescription With(string name, IConvertible value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(Kind, Settings.SetItem(name, value.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>A setting as a number.</summary>
    /// <param name="name">The setting.</param>
    /// <exception cref="FormatException">The setting is missing or no integer.</exception>
    public int Number(string name) =>
        int.TryParse(Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new FormatException($"Setting '{name}' of part '{Kind}' is '{Text(name)}', not an integer.");

    /// <summary>A setting as text.</summary>
    /// <param name="name">The setting.</param>
    /// <exception cref="FormatException">The setting is missing.</exception>
    public string Text(string name) =>
        Settings.TryGetValue(name, out string? value) && value is not null
            ? value
            : throw new FormatException($"Part '{Kind}' lacks the setting '{name}'.");

    /// <summary>The kind and its settings, such as <c>mlp(hidden=16, inputs=512)</c>.</summary>
    public override string ToString() =>
        Settings.Count == 0 ? Kind : $"{Kind}({string.Join(", ", Settings.Select(setting => $"{setting.Key}={setting.Value}"))})";

    /// <inheritdoc/>
    public bool Equals(PartDescription? other) => other is not null && Kind == other.Kind && AreSame(Settings, other.Settings);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PartDescription);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Settings.Count);

    /// <summary>Whether two dictionaries have the same entries, whatever order they keep them in.</summary>
    internal static bool AreSame<T>(ImmutableSortedDictionary<string, T> first, ImmutableSortedDictionary<string, T> second) =>
        first.Count == second.Count
        && first.All(pair => second.TryGetValue(pair.Key, out T? other) && EqualityComparer<T>.Default.Equals(pair.Value, other));
}
