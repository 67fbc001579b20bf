using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Importing;

/// <summary>What stands for an unknown value in one column of a table.</summary>
internal sealed class UnknownMarks
{
    private readonly HashSet<string> _words;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _wordOf;
    private readonly double[] _numbers;
    private readonly bool _mayBeCodes;

    private UnknownMarks(IEnumerable<string> marks, bool mayBeCodes)
    {
        _words = new(marks.Select(mark => mark.Trim()), StringComparer.OrdinalIgnoreCase);
        _wordOf = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        _numbers = [.. _words.Select(Number).OfType<double>()];
        _mayBeCodes = mayBeCodes;
    }

    /// <summary>
    /// The marks of the table that hold for a column, and its own. Numbers of the table's are about labels, which other columns do not
    /// have.
    /// </summary>
    public static UnknownMarks Of(TableDescription description, FieldRole role, string name) => new(
        [
            .. description.UnknownMarks.Where(mark => IsLabel(role, name) || Number(mark) is null),
            .. description.ColumnUnknownMarks.Where(column => IsOf(column.Key, role, name)).SelectMany(column => column.Value),
        ],
        mayBeCodes: role == FieldRole.Text);

    /// <summary>What is wrong with the marks of a description whose columns have these names; null when nothing is.</summary>
    public static string? Fault(TableDescription description, string[] names)
    {
        foreach ((string column, ICollection<string> marks) in description.ColumnUnknownMarks)
        {
            if (ColumnNames.Canonical(column) == ColumnNames.Image)
            {
                return "A mark of image has no meaning: what a row is about is never unknown.";
            }

            if (marks is null || !names.Any(name => IsOf(column, RoleOf(name), name)))
            {
                return marks is null ? $"The marks of {column} are null." : $"A mark of {column} is given, and no column that is it.";
            }
        }

        foreach (string mark in description.UnknownMarks.Where(mark => Number(mark) is not null))
        {
            if (names.FirstOrDefault(name => IsValue(description, name, Number(mark)!.Value)) is { } name)
            {
                return $"The mark {mark.Trim()} for unknown labels is a value of {name} too, whose labels would be lost. Name the " +
                    "columns that have it with TableDescription.ColumnUnknownMarks.";
            }
        }

        return null;
    }

    /// <summary>Whether a field, without blanks at its ends, is one.</summary>
    public bool Has(ReadOnlySpan<char> field, ImportNumbers numbers) =>
        _words.Count > 0 && (_wordOf.Contains(field) || (_numbers.Length > 0 && IsOne(field, numbers)));

    // A code is compared as it is written: 09 is not 9.
    private bool IsOne(ReadOnlySpan<char> field, ImportNumbers numbers) =>
        !(_mayBeCodes && ColumnKinds.IsCode(field, numbers.Separator))
        && numbers.TryParse(field, out double value) && _numbers.Contains(value);

    private static double? Number(string mark) =>
        double.TryParse(mark.Trim().Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && double.IsFinite(number) ? number : null;

    private static bool IsOf(string column, FieldRole role, string name) =>
        string.Equals(ColumnNames.Canonical(column), name, StringComparison.OrdinalIgnoreCase)
        || (role == FieldRole.Unit && string.Equals(column, ColumnNames.Units, StringComparison.OrdinalIgnoreCase));

    private static FieldRole RoleOf(string name) => ActionUnits.TryParse(name, out _) ? FieldRole.Unit : FieldRole.Text;

    private static bool IsLabel(FieldRole role, string name) =>
        role is FieldRole.Valence or FieldRole.Arousal or FieldRole.Expression || ColumnNames.Unit(name) is not null;

    // Classes may be left out by a number on purpose.
    private static bool IsValue(TableDescription description, string name, double mark) => name switch
    {
        ColumnNames.Valence or ColumnNames.Arousal => ValueRange.Of(description, name).Rescale(mark) is >= -1 and <= 1,
        _ => ColumnNames.Unit(name) is not null && ColumnNames.ValueFault(name, (float)mark) is null,
    };
}
