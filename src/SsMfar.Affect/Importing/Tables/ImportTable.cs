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
        (Delimiter, Header, HeaderLine, string? doubtful) = (delimiter is { } given ? [given] : Candidates)
            .Select(candidate => ReadHeader(candidate))
            .MaxBy(read => (read.Header.Select(ColumnNames.Fold).Distinct().Count(wanted.Contains), read.Header.Length));
        if (Header.All(string.IsNullOrWhiteSpace))
        {
            throw new AnnotationFormatException(source, 0, null, "the file is empty.", "Give a table with a header.");
        }

        if (doubtful is not null)
        {
            throw Doubtful(HeaderLine, doubtful);
        }
    }

    /// <summary>What is done with a row; false ends.</summary>
    public delegate bool RowAction(ImportRow row, int line);

    public char Delimiter { get; }

    public string[] Header { get; }

    public int HeaderLine { get; }

    /// <summary>Goes through the rows below the header; all have as many fields as it, and blank lines are left out.</summary>
    /// <exception cref="AnnotationFormatException">
    /// A row has another number of fields, or quotes that leave open where a field ends.
    /// </exception>
    public void ForEach(RowAction action)
    {
        using SepReader reader = Open(Delimiter);
        for (int next = 1; MoveNext(reader, next); next = reader.Current.LineNumberToExcl)
        {
            int line = Line(reader.Current);
            if (line <= HeaderLine || IsBlank(reader.Current))
            {
                continue;
            }

            ImportRow row = new(reader.Current);
            if (row.Doubtful(Delimiter) is { } doubtful)
            {
                throw Doubtful(line, doubtful);
            }

            if (row.Count != Header.Length)
            {
                string start = row[0].ToString();
                throw new AnnotationFormatException(
                    _source, line, start,
                    $"the row of '{LabelFileReader.Shorten(start)}' has {row.Count} field{(row.Count == 1 ? "" : "s")}, and the " +
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

    // Quotes stay, since the reader would take those off that mean nothing.
    private SepReader Open(char delimiter)
    {
        SepReaderOptions options = Sep.New(delimiter)
            .Reader(options => options with { HasHeader = false, Unescape = false, DisableColCountCheck = true });
        try
        {
            return options.From(_text.Open());
        }
        catch (NotSupportedException)
        {
            throw TooLong(1);
        }
    }

    private bool MoveNext(SepReader reader, int line)
    {
        try
        {
            return reader.MoveNext();
        }
        catch (NotSupportedException)
        {
            throw TooLong(line);
        }
    }

    private AnnotationFormatException TooLong(int line) => new(
        _source, line, null, "the row that begins here is longer than can be read, so a quote may not be closed.",
        "Close each quote, and double (\"\") those that belong to a field.");

    private AnnotationFormatException Doubtful(int line, string field) => new(
        _source, line, field,
        $"quotes neither enclose the field '{LabelFileReader.Shorten(field)}' nor are doubled within it, so that its end cannot be told.",
        "Close the quote that begins a field; put a field that has quotes of its own in double quotes, and double (\"\") its own.");

    private (char Delimiter, string[] Header, int Line, string? Doubtful) ReadHeader(char delimiter)
    {
        using SepReader reader = Open(delimiter);
        for (int next = 1; MoveNext(reader, next); next = reader.Current.LineNumberToExcl)
        {
            ImportRow row = new(reader.Current);
            if (!IsBlank(reader.Current) && !(_saysDelimiter && reader.Current.RowIndex == 0))
            {
                string[] names = new string[row.Count];
                for (int i = 0; i < names.Length; i++)
                {
                    names[i] = row[i].ToString();
                }

                return (delimiter, names, Line(reader.Current), row.Doubtful(delimiter));
            }
        }

        return (delimiter, [], 0, null);
    }
}
