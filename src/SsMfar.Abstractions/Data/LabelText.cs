using System.Globalization;

namespace SsMfar.Data;

/// <summary>Writes the fields that annotation and submission files share.</summary>
internal static class LabelText
{
    /// <summary>Refuses a name that would not be read back as it is.</summary>
    /// <exception cref="AnnotationFormatException">The name has a comma, a line break or blanks at its ends.</exception>
    public static void CheckName(string name, string source, int lineNumber)
    {
        if (name.AsSpan().ContainsAny(",\r\n") || name[0] is ' ' or '\t' || name[^1] is ' ' or '\t')
        {
            throw new AnnotationFormatException(
                source,
                lineNumber,
                name,
                $"the name '{LabelFileReader.Shorten(name)}' cannot be written: the format has no quotes, so no comma, line break or blank at either end. Rename it.");
        }
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
