using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SsMfar.Shared;

namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    /// <summary>
    /// Reads an annotation file in the layout of s-Aff-Wild2: a header, then
    /// <c>image,valence,arousal,expression,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26</c> a line.
    /// </summary>
    /// <remarks>
    /// The header is the challenge's short <c>image,valence,arousal,expression,aus</c> or names every column; further named columns
    /// become <see cref="ExtraColumns"/> (an empty field or <c>nan</c> is NaN). Unknown is -5 for valence and arousal and -1 for the
    /// expression and for each unit, also written -5.0 and -1.0. If only one of valence and arousal is known, both count as unknown, as
    /// in the metric. A file whose rows are image names alone (the challenge's test list) gives rows without labels. Blank lines,
    /// blanks around fields, any line ends and a byte order mark are accepted, and fields in quotes as of RFC 4180, though not across
    /// lines;
    /// numbers are read in the invariant culture. Names are brought into one spelling: '/' between their parts (for '\' and repeated
    /// slashes
    /// too), no "." among them.
    /// </remarks>
    /// <param name="path">The file; UTF-8, or UTF-16 with or without a byte order mark.</param>
    /// <param name="options">How to read it; the defaults when null.</param>
    /// <exception cref="AnnotationFormatException">The file breaks the format; file, line and value are named.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static AnnotationSet Load(string path, AnnotationFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Reads annotations from text; the format is that of <see cref="Load"/>.</summary>
    /// <param name="reader">The text, read to its end; stays open.</param>
    /// <param name="sourceName">What error messages call the text.</param>
    /// <param name="options">How to read it; the defaults when null.</param>
    /// <exception cref="AnnotationFormatException">The text breaks the format; name, line and value are given.</exception>
    public static AnnotationSet Read(TextReader reader, string sourceName = "annotations", AnnotationFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(sourceName);
        return Parse(Encoding.UTF8.GetBytes(reader.ReadToEnd()), sourceName, options);
    }

    /// <summary>
    /// Writes the set as a file that <see cref="Load"/> reads, with the full header: written aside, flushed and renamed, so that a
    /// failure leaves an older file as it was.
    /// </summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="AnnotationFormatException">
    /// An image or column name cannot be written: it has a line break or a NUL character.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written, as on a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, writer => Write(writer, path));
    }

    /// <summary>
    /// Writes the set as text that <see cref="Read"/> reads: the full header, -5 and -1 where unknown, invariant culture, lines ended by
    /// \n.
    /// </summary>
    /// <param name="writer">Where to; stays open and is not flushed.</param>
    /// <exception cref="AnnotationFormatException">
    /// An image or column name cannot be written: it has a line break or a NUL character.
    /// </exception>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(writer, "annotations");
    }

    private static AnnotationSet Parse(ReadOnlySpan<byte> utf8, string source, AnnotationFileOptions? options)
    {
        options ??= new();
        (AnnotationColumns columns, ImmutableArray<string> extraColumns) = AnnotationParser.Parse(utf8, source, options);
        return new(columns, options.ExpressionClasses, extraColumns);
    }

    private void Write(TextWriter writer, string source)
    {
        writer.Write(LabelHeader.Full);
        foreach (string column in ExtraColumns)
        {
            writer.Write(',');
            LabelText.WriteName(writer, column, source, 1);
        }

        writer.Write('\n');
        Span<char> buffer = stackalloc char[32];
        for (int i = 0; i < Count; i++)
        {
            LabelText.WriteName(writer, _columns.Images[i], source, i + 2);
            for (int k = 2 * i; k < 2 * i + 2; k++)
            {
                writer.Write(',');
                double value = _columns.ValenceArousal[k];
                LabelText.Write(writer, double.IsNaN(value) ? -5 : value, buffer);
            }

            writer.Write(',');
            LabelText.Write(writer, _columns.Expressions[i], buffer);
            ActionUnitLabels units = _columns.ActionUnits[i];
            for (int unit = 0; unit < ActionUnits.Count; unit++)
            {
                writer.Write(units[unit] switch { true => ",1", false => ",0", null => ",-1" });
            }

            foreach (float value in _columns.Extra.AsSpan(i * ExtraColumns.Length, ExtraColumns.Length))
            {
                writer.Write(',');
                writer.Write(float.IsNaN(value) ? "nan" : value.ToString(CultureInfo.InvariantCulture));
            }

            writer.Write('\n');
        }
    }
}
