using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>What the names of an annotation file's columns mean, and what their values may be.</summary>
internal static class ColumnNames
{
    public const string Image = "image", Valence = "valence", Arousal = "arousal", Expression = "expression", Units = "aus";

    private const string UnitStart = "AU";
    private const string IntensityEnd = "_intensity";
    private const int HighestUnit = 99;
    private const float HighestIntensity = ActionUnitIntensities.Highest;

    private static readonly ImmutableArray<string> Standard = [Image, Valence, Arousal, Expression, .. ActionUnits.Names, Units];

    /// <summary>Names that differ in case, in blanks at their ends or in their Unicode form alone fold to the same.</summary>
    public static string Fold(string name) => UnicodeForms.Decompose(name.Trim()).ToUpperInvariant();

    /// <summary>The indices of classes by their folded names.</summary>
    public static Dictionary<string, int> IndicesOf(ExpressionClassSet classes)
    {
        Dictionary<string, int> indices = new(StringComparer.Ordinal);
        for (int i = 0; i < classes.Count; i++)
        {
            indices[ColumnNames.Fold(classes[i])] = i;
        }

        return indices;
    }

    /// <summary>A name as the format spells it: <c>AU01</c> is AU1, <c>Valence</c> is valence; others stay.</summary>
    public static string Canonical(string name)
    {
        if (Unit(name) is (int number, bool isIntensity))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{UnitStart}{number}{(isIntensity ? IntensityEnd : "")}");
        }

        foreach (string known in (ReadOnlySpan<string>)[Image, Valence, Arousal, Expression, AnnotationSet.WeightColumn,
            AnnotationSet.SourceColumn])
        {
            if (string.Equals(name, known, StringComparison.OrdinalIgnoreCase))
            {
                return known;
            }
        }

        return name;
    }

    /// <summary>The action unit that a name such as AU12, AU09 or AU12_intensity is of; null for other names.</summary>
    public static (int Number, bool IsIntensity)? Unit(string name)
    {
        bool isIntensity = name.EndsWith(IntensityEnd, StringComparison.OrdinalIgnoreCase);
        ReadOnlySpan<char> unit = isIntensity ? name.AsSpan(0, name.Length - IntensityEnd.Length) : name;
        return unit.StartsWith(UnitStart, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(unit[UnitStart.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number is >= 1 and <= HighestUnit
            ? (number, isIntensity)
            : null;
    }

    /// <summary>The name of the column of a unit's intensities.</summary>
    public static string Intensity(int unit) => string.Create(CultureInfo.InvariantCulture, $"{UnitStart}{unit}{IntensityEnd}");

    /// <summary>What is wrong with names of columns beyond the standard ones; null when nothing is.</summary>
    public static string? Fault(IEnumerable<string> numbers, IEnumerable<string> texts)
    {
        HashSet<string> seen = new(Standard, StringComparer.OrdinalIgnoreCase);
        foreach (string name in numbers.Concat(texts))
        {
            if (string.IsNullOrWhiteSpace(name))
            {
                return "an extra column has no name. Name every column, or remove the trailing commas.";
            }

            if (!seen.Add(Canonical(name)) || ActionUnits.TryParse(name, out _))
            {
                return $"the extra column '{LabelFileReader.Shorten(name)}' has the name of another column. Rename it.";
            }
        }

        return numbers.Contains(AnnotationSet.SourceColumn, StringComparer.OrdinalIgnoreCase)
            ? $"the column '{AnnotationSet.SourceColumn}' is text, not numbers. Rename it."
            : texts.FirstOrDefault(IsNumber) is { } number ? $"the column '{number}' is numbers, not text. Rename it." : null;
    }

    /// <summary>Whether a column of this name is always numbers: weights, presences and intensities of units.</summary>
    public static bool IsNumber(string name) =>
        string.Equals(name, AnnotationSet.WeightColumn, StringComparison.OrdinalIgnoreCase) || Unit(name) is not null;

    /// <summary>What is wrong with a number of a column beyond the standard ones; null when nothing is. NaN is unknown.</summary>
    public static string? ValueFault(string column, float value)
    {
        if (float.IsNaN(value))
        {
            return null;
        }

        string text = value.ToString(CultureInfo.InvariantCulture);
        if (float.IsInfinity(value))
        {
            return $"{column} is {text}, which is not a finite number. Leave the field empty where it is unknown.";
        }

        if (string.Equals(column, AnnotationSet.WeightColumn, StringComparison.OrdinalIgnoreCase))
        {
            return value >= 0 ? null : $"{column} is {text}, and a weight is 0 or more. Leave rows out that are not to count.";
        }

        return Unit(column) switch
        {
            (_, true) when !(value is >= 0 and <= HighestIntensity) =>
                $"{column} is {text}, outside the intensities 0 to 5. Leave the field empty where it is unknown.",
            (_, false) when value is not (0 or 1) =>
                $"{column} is {text}, which is no presence. Write 0 (absent), 1 (present), or -1 where it is unknown.",
            _ => null,
        };
    }
}
