using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Randomness;

namespace SsMfar.Training;

/// <summary>A setting that a search varies, and the values that it may have: some that are named, or a range of numbers.</summary>
public sealed class SearchDimension
{
    // As many as tell two settings apart, and no more than somebody would type.
    private const int FewestDigits = 3;

    private SearchDimension(string name, string place, ImmutableArray<string> choices) =>
        (Name, Place, Choices) = (name, place, choices);

    /// <summary>Gets the setting's name.</summary>
    public string Name { get; }

    /// <summary>Gets where it is described: the file and its line.</summary>
    public string Place { get; }

    /// <summary>Gets the values to choose among; empty for a range.</summary>
    public ImmutableArray<string> Choices { get; }

    /// <summary>Gets the lower end of a range, itself a value that may be drawn.</summary>
    public double Minimum { get; private init; }

    /// <summary>Gets the upper end of a range, itself a value that may be drawn.</summary>
    public double Maximum { get; private init; }

    /// <summary>Gets whether the logarithms of a range's numbers are spread evenly, not the numbers.</summary>
    public bool IsLogarithmic { get; private init; }

    /// <summary>Gets whether a range is of whole numbers.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>Gets the values that stand for all: the choices, or the ends of the range.</summary>
    public ImmutableArray<string> Ends => Choices.IsEmpty ? [Text(Minimum), Text(Maximum)] : Choices;

    /// <summary>Returns the line that describes it.</summary>
    public override string ToString() => Choices.IsEmpty
        ? $"{Name} = {(IsLogarithmic ? "log " : "")}{(IsWhole ? "whole " : "")}{Text(Minimum)}..{Text(Maximum)}"
        : $"{Name} = {string.Join(", ", Choices.Select(Quoted))}";

    internal static SearchDimension Of(string name, string place, ImmutableArray<string> choices) => new(name, place, choices);

    internal static SearchDimension OfRange(
        string name, string place, double minimum, double maximum, bool isLogarithmic, bool isWhole) =>
        new(name, place, [])
        {
            Minimum = minimum,
            Maximum = maximum,
            IsLogarithmic = isLogarithmic,
            IsWhole = isWhole,
        };

    /// <summary>How many values there are; null where a range has no end of them.</summary>
    internal long? Count => !Choices.IsEmpty ? Choices.Length : IsWhole ? (long)(Maximum - Minimum) + 1 : null;

    /// <summary>A value drawn from a key.</summary>
    internal string Draw(RandomKey key)
    {
        RandomSource random = key.ToSource();
        if (!Choices.IsEmpty)
        {
            return Choices[random.NextInt32(Choices.Length)];
        }

        // Each whole number has an interval of its own around it.
        (double low, double high) = IsWhole ? (Minimum - 0.5, Maximum + 0.5) : (Minimum, Maximum);
        double share = random.NextDouble();
        double drawn = IsLogarithmic ? low * Math.Pow(high / low, share) : low + ((high - low) * share);
        return Text(Math.Clamp(IsWhole ? Math.Round(drawn) : drawn, Minimum, Maximum));
    }

    /// <summary>Every value of a dimension that has an end of them, in order.</summary>
    internal IEnumerable<string> All() => !Choices.IsEmpty
        ? Choices
        : Enumerable.Range(0, (int)Count!.Value).Select(step => Text(Minimum + step));

    // Where a range is narrow for where it lies, as 0.999 to 0.9999, its numbers are alike in the first digits.
    private int Digits => FewestDigits +
        (int)Math.Max(0, Math.Floor(Math.Log10(Math.Max(Math.Abs(Minimum), Math.Abs(Maximum)) / (Maximum - Minimum))));

    // Rounding may go over an end.
    private string Text(double value)
    {
        if (IsWhole || value == Minimum || value == Maximum)
        {
            // Without the sign that a zero may have.
            return (value + 0.0).ToString("R", CultureInfo.InvariantCulture);
        }

        string text = value.ToString($"G{Digits}", CultureInfo.InvariantCulture);
        double written = double.Parse(text, CultureInfo.InvariantCulture);
        return Math.Clamp(written, Minimum, Maximum) == written ? text : Text(Math.Clamp(written, Minimum, Maximum));
    }

    private static string Quoted(string choice) => choice.IndexOfAny([',', '#']) >= 0 ? $"\"{choice}\"" : choice;
}
