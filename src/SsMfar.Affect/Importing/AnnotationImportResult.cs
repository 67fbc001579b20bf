using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Importing;

/// <summary>What an import read, and how it understood the table.</summary>
public sealed class AnnotationImportResult
{
    private readonly int[] _lines;
    private readonly string _source;

    internal AnnotationImportResult(AnnotationSet annotations, int[] lines, string source)
    {
        Annotations = annotations;
        _lines = lines;
        _source = source;
    }

    /// <summary>Gets the rows, in the order of the table.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the character between fields.</summary>
    public char Delimiter { get; internal init; }

    /// <summary>Gets the decimal separator.</summary>
    public char DecimalSeparator { get; internal init; }

    /// <summary>Gets the name of the encoding, such as <c>utf-8</c>.</summary>
    public string Encoding { get; internal init; } = "";

    /// <summary>Gets the names of the table's columns that were left out.</summary>
    public ImmutableArray<string> IgnoredColumns { get; internal init; } = [];

    /// <summary>Gets how many names were given the spelling of the image that is there: see <see cref="MatchImages"/>.</summary>
    public int RespelledImages { get; private init; }

    /// <summary>
    /// Requires every image to be there. A name that differs from an image's in its Unicode form alone, as between macOS and other
    /// systems, takes the image's.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <exception cref="AnnotationFormatException">
    /// Some are missing; the message counts them and names the first with its line. Or two names are one image's.
    /// </exception>
    public AnnotationImportResult MatchImages(IImageSource images)
    {
        ArgumentNullException.ThrowIfNull(images);
        AnnotationColumns columns = Annotations.Columns;
        string?[] found = new string?[columns.Count];
        Parallel.For(0, columns.Count, i => found[i] = images.Exists(columns.Images[i]) ? columns.Images[i]
            : (images as ISimilarNames)?.Similar(columns.Images[i]) is { } similar && images.Exists(similar) ? similar : null);
        int first = Array.FindIndex(found, name => name is null);
        if (first >= 0)
        {
            int missing = found.Count(name => name is null);
            string name = columns.Images[first];
            throw new AnnotationFormatException(
                _source, _lines[first], name,
                $"the image '{LabelFileReader.Shorten(name)}' is not there ({images.Describe(name)})" +
                    (missing == 1 ? "." : $", nor are {missing - 1} others of {columns.Count}."),
                "Name the folder that names are relative to, or correct them.");
        }

        int respelled = Enumerable.Range(0, columns.Count).Count(i => found[i] != columns.Images[i]);
        RequireDistinct(respelled == 0 ? [] : found);
        return respelled == 0 ? this : new(
            new AnnotationSet(
                Annotations.Select((row, i) => row with { Image = found[i]! }), Annotations.ExpressionClasses, Annotations.ExtraColumns,
                Annotations.TextColumns, Annotations.Units),
            _lines, _source)
        {
            Delimiter = Delimiter,
            DecimalSeparator = DecimalSeparator,
            Encoding = Encoding,
            IgnoredColumns = IgnoredColumns,
            RespelledImages = respelled,
        };
    }

    // Two names of the table may be one image's in two Unicode forms.
    private void RequireDistinct(string?[] images)
    {
        Dictionary<string, int> lineOf = new(images.Length, StringComparer.Ordinal);
        for (int i = 0; i < images.Length; i++)
        {
            if (!lineOf.TryAdd(images[i]!, _lines[i]))
            {
                string name = Annotations.Columns.Images[i];
                throw new AnnotationFormatException(
                    _source, _lines[i], name,
                    $"the image '{LabelFileReader.Shorten(name)}' is on line {lineOf[images[i]!]} already, in another Unicode form.",
                    "Remove one of the two lines.");
            }
        }
    }
}
