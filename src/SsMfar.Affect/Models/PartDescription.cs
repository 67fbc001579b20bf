using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace SsMfar.Models;

/// <summary>
/// How a model file names a part of the model: a kind, by which it is looked up, and the settings to make it again. Built-in kinds
/// resolve themselves; others are registered when a model is loaded.
/// </summary>
/// <param name="Kind">The registered name, such as <c>resnet18</c> or <c>mlp</c>.</param>
/// <param name="Settings">Settings as text, in invariant culture.</param>
[method: JsonConstructor]
public sealed record PartDescription(string Kind, ImmutableSortedDictionary<string, string> Settings)
{
    /// <summary>A description without settings.</summary>
    /// <param name="kind">The registered name.</param>
    public PartDescription(string kind)
        : this(kind, ImmutableSortedDictionary<string, string>.Empty)
    {
    }

    /// <summary>The same description with one more setting.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="value">A number, text or truth value; written in invariant culture.</param>
    public PartDescription With(string name, IConvertible value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return this with { Settings = Settings.SetItem(name, value.ToString(CultureInfo.InvariantCulture)) };
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
}
