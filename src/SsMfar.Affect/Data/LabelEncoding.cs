using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SsMfar.Data;

/// <summary>
/// Finds out how a label file is encoded: UTF-8, or UTF-16 as spreadsheets and PowerShell write it, with a byte order mark or without.
/// </summary>
internal static class LabelEncoding
{
    /// <summary>The text in UTF-8, without a byte order mark.</summary>
    /// <exception cref="AnnotationFormatException">The bytes are text in none of these encodings.</exception>
    public static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> text, string source)
    {
        if (text.StartsWith("\uFEFF"u8))
        {
            text = text[3..];
        }
        else if (Utf16(text) is { } bigEndian)
        {
            return Transcode(text, bigEndian, source);
        }

        if (!Utf8.IsValid(text))
        {
            (int line, string value) = FirstInvalid(text);
            throw new AnnotationFormatException(
                source, line, value, $"the byte {value} is not UTF-8, and the file is not UTF-16 text.", "Save it as UTF-8.");
        }

        return text;
    }

    /// <summary>Where text stops being UTF-8: the line, from 1, and the byte in two hexadecimal digits.</summary>
    public static (int Line, string Value) FirstInvalid(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out int consumed) == OperationStatus.Done)
        {
            at += consumed;
        }

        // Either character ends a line, both together one.
        ReadOnlySpan<byte> before = text[..at];
        return (1 + before.Count((byte)'\n') + before.Count((byte)'\r') - before.Count("\r\n"u8), $"{text[at]:X2}");
    }

    // Without a mark, two ASCII characters at the start tell: every label file begins with them.
    private static bool? Utf16(ReadOnlySpan<byte> text) => text switch
    {
        [0xFF, 0xFE, 0, 0, ..] => null, // UTF-32
        [0xFF, 0xFE, ..] => false,
        [0xFE, 0xFF, ..] => true,
        [not 0, 0, not 0, 0, ..] => false,
        [0, not 0, 0, not 0, ..] => true,
        _ => null,
    };

    private static byte[] Transcode(ReadOnlySpan<byte> text, bool bigEndian, string source)
    {
        try
        {
            string characters = new UnicodeEncoding(bigEndian, byteOrderMark: false, throwOnInvalidBytes: true).GetString(text);
            return Encoding.UTF8.GetBytes(characters.TrimStart('\uFEFF'));
        }
        catch (DecoderFallbackException)
        {
            throw new AnnotationFormatException(
                source, 0, null, "the file begins as UTF-16 text and does not go on as such: it may be cut.", "Save it as UTF-8.");
        }
    }
}
