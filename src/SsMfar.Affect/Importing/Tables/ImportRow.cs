using nietras.SeparatedValues;

namespace SsMfar.Importing.Tables;

/// <summary>A row of a table, its fields without the quotes that enclose them.</summary>
internal readonly ref struct ImportRow
{
    private readonly SepReader.Row _row;
    private readonly bool _quoted;

    public ImportRow(SepReader.Row row)
    {
        _row = row;
        _quoted = row.Span.Contains('"');
    }

    /// <summary>Gets how many fields it has.</summary>
    public int Count => _row.ColCount;

    /// <summary>A field, without blanks at its ends.</summary>
    public ReadOnlySpan<char> this[int place]
    {
        get
        {
            ReadOnlySpan<char> field = _row[place].Span.Trim();
            return _quoted && IsEnclosed(field) ? Inner(field) : field;
        }
    }

    /// <summary>
    /// The first field of which cannot be told where it ends, as it is written; null for none. The reader takes what stands after any quote
    /// for quoted until the next, and a quote within a field is a character like others (RFC 4180): both must mean the same.
    /// </summary>
    public string? Doubtful(char delimiter)
    {
        for (int i = 0; _quoted && i < Count; i++)
        {
            ReadOnlySpan<char> field = _row[i].Span.Trim();
            if (field.Contains('"') && !(field[0] == '"' ? IsEnclosed(field) : !field.ContainsAny(delimiter, '\r', '\n')))
            {
                return field.ToString();
            }
        }

        return null;
    }

    // Quotes at both ends, and between them doubled ones alone.
    private static bool IsEnclosed(ReadOnlySpan<char> field)
    {
        if (field is not ['"', .. var inner, '"'])
        {
            return false;
        }

        for (int quote = inner.IndexOf('"'); quote >= 0; quote = inner.IndexOf('"'))
        {
            if (quote + 1 == inner.Length || inner[quote + 1] != '"')
            {
                return false;
            }

            inner = inner[(quote + 2)..];
        }

        return true;
    }

    private static ReadOnlySpan<char> Inner(ReadOnlySpan<char> field)
    {
        ReadOnlySpan<char> inner = field[1..^1];
        return (inner.Contains('"') ? inner.ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : inner).Trim();
    }
}
