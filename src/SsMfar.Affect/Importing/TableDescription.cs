using System.Text;
using SsMfar.Data;

namespace SsMfar.Importing;

/// <summary>How a table of labels, in whatever columns and words, is understood.</summary>
public sealed class TableDescription
{
    /// <summary>
    /// Gets which column of the table each of ours is: <c>image</c>, and any of <c>valence</c>, <c>arousal</c>, <c>expression</c>,
    /// <c>AU1</c>, <c>AU12_intensity</c>, <c>weight</c>, <c>source</c> and names of your own, to the table's names. Case and Unicode form
    /// do not matter. Columns that are not named here are left out.
    /// </summary>
    public IDictionary<string, string> Columns { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Gets or sets the classes of the result; s-Aff-Wild2's eight unless set. Where they are set, the table may have their indices;
    /// otherwise numbers in the column of expressions are refused, since their order is not known.
    /// </summary>
    public ExpressionClassSet? ExpressionClasses { get; set; }

    /// <summary>Gets or sets the table's words for classes; without it they are the classes' own names.</summary>
    public ClassNameTable? ClassNames { get; set; }

    /// <summary>Gets the scales of <c>valence</c> and <c>arousal</c>; [-1, 1] where not named.</summary>
    public IDictionary<string, ValueRange> Ranges { get; } = new Dictionary<string, ValueRange>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Gets what stands for unknown in every column, beside an empty field, such as <c>?</c> or <c>-5</c>. Numbers are compared as numbers,
    /// and in columns of labels alone: valence, arousal, the expression, units and their intensities. A number that such a column may have
    /// as a value, as valence has -1, is refused: <see cref="ColumnUnknownMarks"/> says of which columns it is.
    /// </summary>
    public ICollection<string> UnknownMarks { get; } = [];

    /// <summary>
    /// Gets what stands for unknown in single columns, by our names of them, in addition to <see cref="UnknownMarks"/>; <c>aus</c> is every
    /// unit. Numbers are compared as numbers, codes such as <c>09</c> as they are written.
    /// </summary>
    public IDictionary<string, ICollection<string>> ColumnUnknownMarks { get; } =
        new Dictionary<string, ICollection<string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the character between fields; told from the header (comma, semicolon, tab or bar) unless set.</summary>
    public char? Delimiter { get; set; }

    /// <summary>Gets or sets the decimal separator, '.' or ','; told from the numbers unless set.</summary>
    public char? DecimalSeparator { get; set; }

    /// <summary>
    /// Gets or sets the encoding; unless set, that of the byte order mark, else UTF-8, else UTF-16. Others cannot be told from the text.
    /// </summary>
    public Encoding? Encoding { get; set; }

    /// <summary>
    /// Gets or sets the folder at the beginning of image names that is taken away, such as <c>C:\data\faces</c>; nothing unless set.
    /// A table without an image in it is refused.
    /// </summary>
    public string? ImagePrefix { get; set; }
}
