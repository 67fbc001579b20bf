using System.Collections.Immutable;
using System.Text;
using SsMfar.Shared;

namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    /// <summary>
    /// Reads an annotation file: a header that names its columns, or the challenge's, then an image a line.
    /// </summary>
    /// <remarks>
    /// The header names <c>image</c> and any of <c>valence</c>, <c>arousal</c>, <c>expression</c> and the action units
    /// <c>AU1</c> ... <c>AU64</c>, in any order; or it is the challenge's short <c>image,valence,arousal,expression,aus</c>, with the
    /// twelve units of its files. Further
    /// named columns become <see cref="ExtraColumns"/> where they hold numbers alone (an empty field or <c>nan</c> is NaN), else
    /// <see cref="TextColumns"/>; a line <c>#text,COLUMN,...</c> above the header says which hold text whatever they look like.
    /// Unknown is -5 for valence and arousal and -1 for the expression and for each unit, also written -5.0 and -1.0, or an empty field
    /// where the header names the column. An expression is an index or a name; a line <c>#classes,NAME,NAME,...</c> above the header
    /// says which classes they are. A file whose rows are image names alone (the challenge's test list) gives rows without labels. Blank
    /// lines, blanks around fields, any line ends and a byte order mark are accepted, and fields in quotes as of RFC 4180, though not
    /// across lines; numbers are read in the invariant culture. Names are brought into one spelling: '/' between their parts (for '\'
    /// and repeated slashes too), no "." among them.
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

    /// <summary>
    /// Reads the image names of an annotation file, or of a list of images, and nothing of its labels: what classes they are of, or whether
    /// they are right, does not matter. A name may occur often.
    /// </summary>
    /// <param name="path">As for <see cref="Load"/>.</param>
    /// <exception cref="AnnotationFormatException">There is no header, a name is wrong, or a line has no field for it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ImmutableArray<string> LoadImages(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return AnnotationParser.Images(File.ReadAllBytes(path), path);
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
    /// Writes the set as a file that <see cref="Load"/> reads, in the full layout: written aside, flushed and renamed, so that a failure
    /// leaves an older file as it was.
    /// </summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="AnnotationFormatException">
    /// An image or column name, or a text, cannot be written: it has a line break or a NUL character.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written, as on a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path) => Save(path, AnnotationFileLayout.Full);

    /// <summary>As <see cref="Save(string)"/>, in a layout of choice.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="layout">Which columns to write.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Save(string)"/>.</exception>
    /// <exception cref="IOException">The file cannot be written, as on a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path, AnnotationFileLayout layout)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, writer => new AnnotationWriter(this, layout, path).Write(writer));
    }

    /// <summary>
    /// Writes the set as text that <see cref="Read"/> reads, in the full layout: invariant culture, lines ended by \n.
    /// </summary>
    /// <param name="writer">Where to; stays open and is not flushed.</param>
    /// <exception cref="AnnotationFormatException">
    /// An image or column name, or a text, cannot be written: it has a line break or a NUL character.
    /// </exception>
    public void Write(TextWriter writer) => Write(writer, AnnotationFileLayout.Full);

    /// <summary>As <see cref="Write(TextWriter)"/>, in a layout of choice.</summary>
    /// <param name="writer">Where to; stays open and is not flushed.</param>
    /// <param name="layout">Which columns to write.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Write(TextWriter)"/>.</exception>
    public void Write(TextWriter writer, AnnotationFileLayout layout)
    {
        ArgumentNullException.ThrowIfNull(writer);
        new AnnotationWriter(this, layout, "annotations").Write(writer);
    }

    private static AnnotationSet Parse(ReadOnlySpan<byte> utf8, string source, AnnotationFileOptions? options) =>
        AnnotationParser.Parse(utf8, source, options ?? new());
}
