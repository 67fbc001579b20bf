using System.Globalization;
using System.Text;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Aligned plain text, the same on a terminal and in a file.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    /// <summary>A row. What cells have of line breaks and control characters, as names in a file may, is no part of the table.</summary>
    public TextTable Add(params string[] cells)
    {
        _rows.Add(Array.ConvertAll(cells, Failure.OneLine));
        return this;
    }

    /// <summary>A number with some decimals, or a dash where undefined.</summary>
    public static string Number(double? value, int decimals = 4) =>
        value is { } number ? number.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : "-";

    /// <summary>The first column aligned left, the others right.</summary>
    public override string ToString()
    {
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length))];
        StringBuilder text = new();
        foreach (string[] row in _rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
