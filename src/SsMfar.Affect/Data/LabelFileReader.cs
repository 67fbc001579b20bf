using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>Walks over the lines and fields of UTF-8 text in the layout of s-Aff-Wild2, without copying it.</summary>
internal ref struct LabelFileReader
{
    private readonly string _source;
    private readonly bool _hasNul;
    private ReadOnlySpan<byte> _text;
    private ReadOnlySpan<byte> _fields;
    private int _lineNumber;
    private bool _quoted;

    public LabelFileReader(ReadOnlySpan<byte> utf8, string source)
    {
        _source = source;
        _text = LabelEncoding.ToUtf8(utf8, source);
        _hasNul = _text.Contains((byte)0);
    }

    /// <summary>Gets or sets the line read last, without blanks at its ends.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>Gets the number of the line read last, from 1.</summary>
    public readonly int LineNumber => _lineNumber;

    /// <summary>Gets an upper bound of the lines that are left.</summary>
    public readonly int RemainingLines => _text.Count((byte)'\n') + _text.Count((byte)'\r') + 1;

    /// <summary>Moves to the next line that is not blank; false at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool ReadLine()
    {
        while (!_text.IsEmpty)
        {
            _lineNumber++;
            int end = _text.IndexOfAny((byte)'\n', (byte)'\r');
            ReadOnlySpan<byte> line = end < 0 ? _text : _text[..end];
            int next = end < 0 ? _text.Length : end + 1;
            if (next < _text.Length && _text[end] == '\r' && _text[next] == '\n')
            {
                next++;
            }

            _text = _text[next..];
            Line = TrimBlanks(line);
            if (!Line.IsEmpty)
            {
                if (_hasNul && Line.Contains((byte)0))
                {
                    throw Fault(
                        Encoding.UTF8.GetString(Line),
                        $"the line '{Shorten(Line)}' has a NUL character, which no name or number has. Write the file again as UTF-8 " +
                            "text.");
                }

                _fields = Line;
                _quoted = Line.Contains((byte)'"');
                return true;
            }
        }

        return false;
    }

    /// <summary>How many fields the line has.</summary>
    /// <exception cref="AnnotationFormatException">A quote is not closed, or is followed by text.</exception>
    public readonly int CountFields()
    {
        if (!_quoted)
        {
            return Line.Count((byte)',') + 1;
        }

        int count = 1;
        ReadOnlySpan<byte> rest = Line;
        while (FieldLength(rest) is var length && length < rest.Length)
        {
            rest = rest[(length + 1)..];
            count++;
        }

        return count;
    }

    // The hot methods skip the first, unoptimised tier: a file is read once, soon after the start, and is through before it would be left.
    /// <summary>The next field of the line, without blanks at its ends; empty past the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<byte> NextField()
    {
        if (_quoted)
        {
            return NextQuotedField();
        }

        for (int i = 0; i < _fields.Length; i++)
        {
            if (_fields[i] == (byte)',')
            {
                ReadOnlySpan<byte> field = _fields[..i];
                _fields = _fields[(i + 1)..];
                return TrimBlanks(field);
            }
        }

        ReadOnlySpan<byte> last = _fields;
        _fields = default;
        return TrimBlanks(last);
    }

    /// <summary>The image name in the next field.</summary>
    public string NextImage() => Image(NextField());

    /// <summary>The image name in a field.</summary>
    public readonly string Image(ReadOnlySpan<byte> field)
    {
        if (field.IsEmpty)
        {
            throw Fault(null, "the image name is empty. Name an image, or remove the line.");
        }

        string name = ImageName.Normalize(Encoding.UTF8.GetString(field));
        return ImageName.Fault(name) is { } fault ? throw Fault(name, fault) : name;
    }

    /// <summary>The number in the next field, not NaN; a fault ends with the remedy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double NextNumber(string column, string remedy) => Number(NextField(), column, remedy);

    /// <summary>The number in a field, not NaN; a fault ends with the remedy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly double Number(ReadOnlySpan<byte> field, string column, string remedy)
    {
        if (field.Length == 1 && (uint)(field[0] - '0') <= 9)
        {
            return field[0] - '0';
        }

        return double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && !double.IsNaN(number)
            ? number
            : throw Fault(
                Encoding.UTF8.GetString(field),
                $"{column} is '{Shorten(field)}', which is not a number. {remedy}");
    }

    /// <summary>The texts of all fields of the line.</summary>
    public string[] Fields()
    {
        string[] fields = new string[CountFields()];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = Encoding.UTF8.GetString(NextField());
        }

        return fields;
    }

    /// <summary>An exception that names this place.</summary>
    public readonly AnnotationFormatException Fault(string? value, string message, bool wholeFile = false) =>
        Fault(_source, wholeFile ? 0 : _lineNumber, value, message, message.LastIndexOf(". ", StringComparison.Ordinal));

    // The last sentence says what to do.
    private static AnnotationFormatException Fault(string source, int line, string? value, string message, int end) =>
        new(source, line, value, message[..(end + 1)], message[(end + 2)..]);

    /// <summary>Text that fits into a message.</summary>
    public static string Shorten(ReadOnlySpan<byte> utf8) => Shorten(Encoding.UTF8.GetString(utf8));

    /// <summary>Text that fits into a message.</summary>
    public static string Shorten(string text) => ImageName.Printable(text.Length <= 100 ? text : text[..97] + "...");

    private ReadOnlySpan<byte> NextQuotedField()
    {
        int length = FieldLength(_fields);
        ReadOnlySpan<byte> field = TrimBlanks(_fields[..length]);
        _fields = length < _fields.Length ? _fields[(length + 1)..] : default;
        if (field.IsEmpty || field[0] != (byte)'"')
        {
            return field;
        }

        ReadOnlySpan<byte> inner = field[1..^1];
        return inner.Contains((byte)'"')
            ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(inner).Replace("\"\"", "\"", StringComparison.Ordinal))
            : inner;
    }

    // As in RFC 4180: quotes count where they begin a field, and are doubled within it. One elsewhere is a character like others.
    private readonly int FieldLength(ReadOnlySpan<byte> rest)
    {
        int start = rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (start < 0 || rest[start] != (byte)'"')
        {
            int comma = rest.IndexOf((byte)',');
            return comma < 0 ? rest.Length : comma;
        }

        int end = start + 1;
        while (true)
        {
            int quote = rest[end..].IndexOf((byte)'"');
            if (quote < 0)
            {
                throw Fault(
                    Encoding.UTF8.GetString(rest),
                    $"the quote that begins '{Shorten(rest[start..])}' is not closed on this line. Close it before the comma, or double " +
                        "it (\"\") where it belongs to the name.");
            }

            end += quote + 1;
            if (end >= rest.Length || rest[end] != (byte)'"')
            {
                break;
            }

            end++;
        }

        int after = end;
        while (after < rest.Length && rest[after] is (byte)' ' or (byte)'\t')
        {
            after++;
        }

        return after == rest.Length || rest[after] == (byte)','
            ? after
            : throw Fault(
                Encoding.UTF8.GetString(rest),
                $"text follows the closing quote in '{Shorten(rest[start..])}'. Double quotes (\"\") that belong to the name, and put a " +
                    "comma after the last.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> TrimBlanks(ReadOnlySpan<byte> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && text[start] is (byte)' ' or (byte)'\t')
        {
            start++;
        }

        while (end > start && text[end - 1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        return text[start..end];
    }
}
