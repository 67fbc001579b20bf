using System.Buffers;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Importing.Tables;

namespace SsMfar.Importing;

/// <summary>How numbers of a table are written, and what of them is unknown.</summary>
internal sealed class ImportNumbers
{
    private static readonly SearchValues<char> InNumbers = SearchValues.Create("0123456789+-eE.,");

    private readonly NumberFormatInfo _format;
    private readonly HashSet<string> _marks;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _markOf;
    private readonly double[] _numberMarks;

    private ImportNumbers(char separator, int rows, ICollection<string> marks)
    {
        (Separator, Rows) = (separator, rows);
        _format = new NumberFormatInfo { NumberDecimalSeparator = $"{separator}", NumberGroupSeparator = "" };
        _marks = new(marks.Select(mark => mark.Trim()), StringComparer.OrdinalIgnoreCase);
        _markOf = _marks.GetAlternateLookup<ReadOnlySpan<char>>();
        _numberMarks =
        [
            .. marks.Select(mark => mark.Trim().Replace(',', '.'))
                .Where(mark => double.TryParse(mark, CultureInfo.InvariantCulture, out _))
                .Select(mark => double.Parse(mark, CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Gets the decimal separator.</summary>
    public char Separator { get; }

    /// <summary>Gets how many rows the table has.</summary>
    public int Rows { get; }

    /// <summary>Goes through all rows, counts them, and finds out whether commas or points are in the columns of numbers.</summary>
    /// <exception cref="AnnotationFormatException">Both are.</exception>
    public static ImportNumbers Survey(ImportTable table, ImportColumns columns, string source, TableDescription description)
    {
        ImportNumbers any = new('.', 0, description.UnknownMarks);
        int[] places = [.. columns.All.Where(column => column.Role is not (FieldRole.Image or FieldRole.Expression or FieldRole.Text))
            .Select(column => column.Place)];
        bool open = description.DecimalSeparator is null;
        int rows = 0;
        (int Line, string Value)? comma = null, point = null;
        table.ForEach((row, line) =>
        {
            rows++;
            for (int i = 0; open && i < places.Length; i++)
            {
                ReadOnlySpan<char> field = row[places[i]];
                if (!field.ContainsAny(',', '.') || field.ContainsAnyExcept(InNumbers) || any.IsUnknown(field))
                {
                    continue;
                }

                if (field.Contains(','))
                {
                    comma ??= (line, field.ToString());
                }

                if (field.Contains('.'))
                {
                    point ??= (line, field.ToString());
                }
            }

            return true;
        });
        return comma is { } one && point is { } other
            ? throw new AnnotationFormatException(
                source, Math.Max(one.Line, other.Line), one.Line > other.Line ? one.Value : other.Value,
                $"'{one.Value}' (line {one.Line}) has a comma and '{other.Value}' (line {other.Line}) a point, so that the decimal " +
                    "separator " +
                    "cannot be told.",
                "Write all numbers alike, without separators of thousands.")
            : new(description.DecimalSeparator ?? (comma is null ? '.' : ','), rows, description.UnknownMarks);
    }

    /// <summary>Whether a field, without blanks at its ends, stands for an unknown label.</summary>
    public bool IsUnknown(ReadOnlySpan<char> field) =>
        field.IsEmpty
        || (_marks.Count > 0 && (_markOf.Contains(field) || (_numberMarks.Length > 0 && TryParse(field, out double value)
            && _numberMarks.Contains(value))));

    /// <summary>A finite number.</summary>
    public bool TryParse(ReadOnlySpan<char> field, out double value) =>
        double.TryParse(field, NumberStyles.Float, _format, out value) && double.IsFinite(value);
}
