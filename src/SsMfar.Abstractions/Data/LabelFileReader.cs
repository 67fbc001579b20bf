using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace SsMfar.Data;

/// <summary>Walks over the lines and fields of UTF-8 text in the layout of s-Aff-Wild2, without copying it.</summary>
internal ref struct LabelFileReader
{
    private readonly string _source;
    private ReadOnlySpan<byte> _text;
    private ReadOnlySpan<byte> _fields;
    private int _lineNumber;

    public LabelFileReader(ReadOnlySpan<byte> utf8, string source)
    {
        _source = source;
        _text = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (!Utf8.IsValid(_text))
        {
            throw new AnnotationFormatException(source, 0, null, "the file is not UTF-8 text. Save it as UTF-8.");
        }
    }

    /// <summary>The line read last, without blanks at its ends.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>The number of the line read last, from 1.</summary>
    public readonly int LineNumber => _lineNumber;

    /// <summary>An upper bound of the lines that are left.</summary>
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
                _fields = Line;
                return true;
            }
        }

        return false;
    }

    /// <summary>How many fields the line has.</summary>
    public readonly int CountFields() => Line.Count((byte)',') + 1;

    // The hot methods skip the first, unoptimised tier: a file is read once, soon after the start, and is through before it would be left.
    /// <summary>The next field of the line, without blanks at its ends; empty past the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<byte> NextField()
    {
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
    public string NextImage()
    {
        ReadOnlySpan<byte> field = NextField();
        return field.IsEmpty
            ? throw Fault(null, "the image name is empty. Name an image, or remove the line.")
            : Encoding.UTF8.GetString(field);
    }

    /// <summary>The number in the next field, not NaN; a fault ends with the remedy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double NextNumber(string column, string remedy)
    {
        ReadOnlySpan<byte> field = NextField();
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

    /// <summary>An exception that names this place.</summary>
    public readonly AnnotationFormatException Fault(string? value, string message, bool wholeFile = false) =>
        new(_source, wholeFile ? 0 : _lineNumber, value, message);

    /// <summary>Text that fits into a message.</summary>
    public static string Shorten(ReadOnlySpan<byte> utf8) => Shorten(Encoding.UTF8.GetString(utf8));

    /// <summary>Text that fits into a message.</summary>
    public static string Shorten(string text) => text.Length <= 100 ? text : text[..97] + "...";

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
