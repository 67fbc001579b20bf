using nietras.SeparatedValues;
using SsMfar.Data;

namespace SsMfar.Importing.Tables;

/// <summary>A table in text: what stands between its fields, its header, and its rows with their lines.</summary>
internal sealed class ImportTable
{
    private static readonly char[] Candidates = [',', ';', '\t', '|'];

    private readonly ImportText _text;
    private readonly string _source;
    private readonly bool _saysDelimiter;

    /// <summary>Reads the header.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="delimiter">What stands between fields; null: the one that shows most of the wanted columns, then most columns.</param>
    /// <param name="wanted">Folded names of columns that are wanted.</param>
    public ImportTable(ImportText text, string source, char? delimiter, IReadOnlyCollection<string> wanted)
    {
        (_text, _source) = (text, source);
        char? said = SaidDelimiter();
        if (said is { } none && !CanPart(none))
        {
            throw new AnnotationFormatException(
                source, 1, $"sep={none}", $"the first line says that {Name(none)} stands between fields, which cannot be.",
                "Remove the line, or write sep=; or whatever stands between them.");
        }

        _saysDelimiter = said is not null;
        delimiter ??= said;
        (Delimiter, Header, HeaderLine) = (delimiter is { } given ? [given] : Candidates)
            .Select(candidate => ReadHeader(candidate))
            .MaxBy(read => (read.Header.Select(ColumnNames.Fold).Distinct().Count(wanted.Contains), read.Header.Length));
        if (Header.All(string.IsNullOrWhiteSpace))
        {
            throw new AnnotationFormatException(source, 0, null, "the file is empty.", "Give a table with a header.");
        }
    }

    /// <summary>What is done with a row; false ends.</summary>
    public delegate bool RowAction(SepReader.Row row, int line);

    public char Delimiter { get; }

    public string[] Header { get; }

    public int HeaderLine { get; }

    /// <summary>Goes through the rows below the header; all have as many fields as it, and blank lines are left out.</summary>
    /// <exception cref="AnnotationFormatException">A row has another number of fields.</exception>
    public void ForEach(RowAction action)
    {
        using SepReader reader = Open(Delimiter);
        foreach (SepReader.Row row in reader)
        {
            int line = Line(row);
            if (line <= HeaderLine || IsBlank(row))
            {
                continue;
            }

            if (row.ColCount != Header.Length)
            {
                string start = row[0].ToString();
                throw new AnnotationFormatException(
                    _source, line, start,
                    $"the row of '{LabelFileReader.Shorten(start)}' has {row.ColCount} field{(row.ColCount == 1 ? "" : "s")}, and the " +
                        "header " +
                        $"has {Header.Length}, with {Name(Delimiter)} between them.",
                    "Put a field that has it in double quotes, as decimal commas too, close each quote, or name another delimiter.");
            }

            if (!action(row, line))
            {
                return;
            }
        }
    }

    /// <summary>A delimiter in words.</summary>
    public static string Name(char delimiter) => delimiter switch
    {
        ',' => "commas",
        ';' => "semicolons",
        '\t' => "tabs",
        _ => $"'{delimiter}'",
    };

    // Without a header to it, the reader counts its first row as read already.
    private static int Line(SepReader.Row row) => row.RowIndex == 0 ? 1 : row.LineNumberFrom;

    private static bool IsBlank(SepReader.Row row) => row.ColCount == 1 && row[0].Span.IsWhiteSpace();

    // Spreadsheets write and read a first line "sep=;".
    private char? SaidDelimiter()
    {
        using TextReader reader = _text.Open();
        return reader.ReadLine() is ['s', 'e', 'p', '=', var delimiter] ? delimiter : null;
    }

    // What may be in a name or a number says nothing, and Sep reads printable ASCII and tabs alone.
    private static bool CanPart(char delimiter) => delimiter is '\t' or (> ' ' and <= '~')
        && !char.IsAsciiLetterOrDigit(delimiter) && delimiter is not ('"' or '\'' or '\\' or '.' or '-' or '#' or '_' or '/');

    private SepReader Open(char delimiter) => Sep.New(delimiter)
        .Reader(options => options with { HasHeader = false, Unescape = true, DisableColCountCheck = true })
        .From(_text.Open());

    private (char Delimiter, string[] Header, int Line) ReadHeader(char delimiter)
    {
        using SepReader reader = Open(delimiter);
        foreach (SepReader.Row row in reader)
        {
            if (!IsBlank(row) && !(_saysDelimiter && row.RowIndex == 0))
            {
                string[] names = new string[row.ColCount];
                for (int i = 0; i < names.Length; i++)
                {
                    names[i] = row[i].ToString().Trim();
                }

                return (delimiter, names, Line(row));
            }
        }

        return (delimiter, [], 0);
    }
}
