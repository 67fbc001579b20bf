using System.Text;
using System.Text.Unicode;
using SsMfar.Data;

namespace SsMfar.Importing.Tables;

/// <summary>Finds out how a table is encoded, and reads it from its start as often as needed.</summary>
internal sealed class ImportText
{
    private readonly byte[] _bytes;
    private readonly int _start;
    private readonly Encoding _encoding;

    /// <summary>Looks at the bytes.</summary>
    /// <exception cref="AnnotationFormatException">
    /// They are text in no encoding that can be told, or not in the one that is named.
    /// </exception>
    public ImportText(byte[] bytes, string source, Encoding? named)
    {
        _bytes = bytes;
        (_encoding, _start) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (new UTF8Encoding(false, true), 3),
            [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(false, false, true), 4),
            [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(true, false, true), 4),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(false, false, true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(true, false, true), 2),
            _ when named is not null => (Strict(named), 0),
            [not 0, 0, not 0, 0, ..] => (new UnicodeEncoding(false, false, true), 0),
            [0, not 0, 0, not 0, ..] => (new UnicodeEncoding(true, false, true), 0),
            _ => (new UTF8Encoding(false, true), 0),
        };
        Name = _encoding.WebName;
        Check(source, named is null);
    }

    /// <summary>Gets the name of the encoding, such as <c>utf-8</c>.</summary>
    public string Name { get; }

    /// <summary>The text from its start.</summary>
    public TextReader Open() => new StreamReader(
        new MemoryStream(_bytes, _start, _bytes.Length - _start, writable: false), _encoding, detectEncodingFromByteOrderMarks: false,
            1 << 15);

    private static Encoding Strict(Encoding encoding)
    {
        Encoding strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        return strict;
    }

    private void Check(string source, bool isGuessed)
    {
        ReadOnlySpan<byte> text = _bytes.AsSpan(_start);
        if (_encoding is UTF8Encoding)
        {
            if (!Utf8.IsValid(text))
            {
                (int line, string value) = LabelEncoding.FirstInvalid(text);
                throw new AnnotationFormatException(
                    source, line, value,
                    $"the byte {value} is not UTF-8{(isGuessed ? ", and no byte order mark says what else the text is" : "")}.",
                    "Save it as UTF-8, or name its encoding with TableDescription.Encoding, such as windows-1252 of spreadsheets in " +
                        "Western Europe.");
            }

            return;
        }

        try
        {
            using TextReader reader = Open();
            char[] buffer = new char[1 << 14];
            while (reader.Read(buffer) > 0)
            {
            }
        }
        catch (DecoderFallbackException)
        {
            throw new AnnotationFormatException(
                source, 0, null, $"the file is not text in {Name} throughout: it may be cut, or in another encoding.", "Save it as UTF-8.");
        }
    }
}
