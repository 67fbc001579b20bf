using System.Collections.Immutable;
using System.Text;

namespace SsMfar.Data;

/// <summary>
/// The ordered expression classes of a data set. The set is data, not code: eight classes in s-Aff-Wild2, six in the synthetic-data
/// challenge, any other for your own faces. Two sets are equal when their names are, in order.
/// </summary>
public sealed class ExpressionClassSet : IEquatable<ExpressionClassSet>
{
    private readonly ImmutableArray<string> _names;

    /// <summary>Makes a class set.</summary>
    /// <param name="names">
    /// At least two distinct, non-empty names of valid Unicode without control characters, in the order of their indices in the
    /// annotation files.
    /// </param>
    /// <exception cref="ArgumentException">Fewer than two names, an empty name, a repeated one, or one that no file could hold.</exception>
    public ExpressionClassSet(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _names = [.. names];
        if (_names.Length < 2)
        {
            throw new ArgumentException("An expression class set needs at least two classes.", nameof(names));
        }

        if (_names.Any(string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("An expression class has an empty name.", nameof(names));
        }

        if (_names.FirstOrDefault(name => name.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar
            || Rune.IsControl(rune))) is { } unwritable)
        {
            throw new ArgumentException(
                $"The expression class name " +
                    $"'{string.Concat(unwritable.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? Rune.ReplacementChar : rune))}' " +
                "has a control character or invalid Unicode, which no file of labels or models could hold. Name the class otherwise.",
                nameof(names));
        }

        if (_names.Distinct(StringComparer.OrdinalIgnoreCase).Count() != _names.Length)
        {
            throw new ArgumentException($"Expression class names repeat: {string.Join(", ", _names)}.", nameof(names));
        }
    }

    /// <summary>s-Aff-Wild2: Neutral, Anger, Disgust, Fear, Happiness, Sadness, Surprise, Other.</summary>
    public static ExpressionClassSet AffWild2 { get; } =
        new("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other");

    /// <summary>Gets the synthetic-data challenge of ABAW 2022: Anger, Disgust, Fear, Happiness, Sadness, Surprise.</summary>
    public static ExpressionClassSet SyntheticData { get; } =
        new("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise");

    /// <summary>Gets the number of classes, at least 2.</summary>
    public int Count => _names.Length;

    /// <summary>Gets the names, in index order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The name of a class.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public string this[int index] => _names[index];

    /// <summary>The index of a name, or -1; case does not matter.</summary>
    /// <param name="name">A class name.</param>
    public int IndexOf(string name)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if (string.Equals(_names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    /// <inheritdoc/>
    public bool Equals(ExpressionClassSet? other) => other is not null && _names.AsSpan().SequenceEqual(other._names.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExpressionClassSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string name in _names)
        {
            hash.Add(name, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _names);
}
