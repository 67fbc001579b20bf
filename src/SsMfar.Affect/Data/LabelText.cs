using System.Globalization;

namespace SsMfar.Data;

/// <summary>Writes the fields that annotation and submission files share.</summary>
internal static class LabelText
{
    /// <summary>Writes a name, in quotes as of RFC 4180 where it would not be read back as it is without.</summary>
    /// <exception cref="AnnotationFormatException">The name has a line break or a NUL character.</exception>
    public static void WriteName(TextWriter writer, string name, string source, int lineNumber)
    {
        if (name.AsSpan().ContainsAny("\r\n\0"))
        {
            throw new AnnotationFormatException(
                source,
                lineNumber,
                name,
                $"the name '{LabelFileReader.Shorten(name)}' cannot be written: it has a line break or a NUL character, and a row is a " +
                    "line.",
                "Rename it.");
        }

        bool quote = name.Length == 0 || name.AsSpan().ContainsAny(",\"") || name[0] is ' ' or '\t' || name[^1] is ' ' or '\t';
        writer.Write(quote ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name);
    }

    /// <summary>
    /// Writes the shortest decimal that reads back as the value; for a value that fits single precision, the shortest that reads back as
    /// that single, so that 0.1f is written 0.1.
    /// </summary>
    public static void Write(TextWriter writer, double value, Span<char> buffer)
    {
        float single = (float)value;
        int length;
        bool fits = single == value
            ? single.TryFormat(buffer, out length, default, CultureInfo.InvariantCulture)
            : value.TryFormat(buffer, out length, default, CultureInfo.InvariantCulture);
        writer.Write(fits ? buffer[..length] : value.ToString(CultureInfo.InvariantCulture));
    }
}
