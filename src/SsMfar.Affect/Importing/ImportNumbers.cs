using System.Buffers;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Importing.Tables;

namespace SsMfar.Importing;

/// <summary>How numbers of a table are written.</summary>
internal sealed class ImportNumbers
{
    private static readonly SearchValues<char> InNumbers = SearchValues.Create("0123456789+-eE.,");

    private readonly NumberFormatInfo _format;

    private ImportNumbers(char separator, bool isKnown, int rows)
    {
        (Separator, IsKnown, Rows) = (separator, isKnown, rows);
        _format = new NumberFormatInfo { NumberDecimalSeparator = $"{separator}", NumberGroupSeparator = "" };
    }

    /// <summary>Gets the decimal separator.</summary>
    public char Separator { get; }

    /// <summary>Gets whether the separator was given, or seen in a number; else it is a point.</summary>
    public bool IsKnown { get; }

    /// <summary>Gets how many rows the table has.</summary>
    public int Rows { get; }

    /// <summary>Goes through all rows, counts them, and finds out whether commas or points are in the columns of numbers.</summary>
    /// <exception cref="AnnotationFormatException">Both are.</exception>
    public static ImportNumbers Survey(ImportTable table, ImportColumns columns, string source, TableDescription description)
    {
        ImportNumbers any = new('.', false, 0);
        (int Place, UnknownMarks Marks)[] numbers =
        [
            .. columns.All.Where(column => column.Role is not (FieldRole.Image or FieldRole.Expression or FieldRole.Text))
                .Select(column => (column.Place, column.Marks)),
        ];
        bool open = description.DecimalSeparator is null;
        int rows = 0;
        (int Line, string Value)? comma = null, point = null;
        table.ForEach((row, line) =>
        {
            rows++;
            for (int i = 0; open && i < numbers.Length; i++)
            {
                ReadOnlySpan<char> field = row[numbers[i].Place];
                if (!field.ContainsAny(',', '.') || field.ContainsAnyExcept(InNumbers) || numbers[i].Marks.Has(field, any))
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
            : new(description.DecimalSeparator ?? (comma is null ? '.' : ','), !open || comma is not null || point is not null, rows);
    }

    /// <summary>The same with commas between whole parts and decimals.</summary>
    public ImportNumbers WithCommas() => new(',', IsKnown, Rows);

    /// <summary>A finite number.</summary>
    public bool TryParse(ReadOnlySpan<char> field, out double value) =>
        double.TryParse(field, NumberStyles.Float, _format, out value) && double.IsFinite(value);
}
