using SsMfar.Data;

namespace SsMfar.Importing;

/// <summary>What others call classes, and what those are called here. Case and Unicode form do not matter.</summary>
public sealed class ClassNameTable
{
    private readonly Dictionary<string, (string Theirs, string Ours, int Line)> _entries = new(StringComparer.Ordinal);

    /// <summary>Makes a table.</summary>
    /// <param name="names">Their names to ours; several of theirs may be one of ours.</param>
    /// <exception cref="ArgumentException">A name is empty, or one of theirs is given twice.</exception>
    public ClassNameTable(IEnumerable<KeyValuePair<string, string>> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach ((string theirs, string ours) in names)
        {
            if (string.IsNullOrWhiteSpace(theirs) || string.IsNullOrWhiteSpace(ours))
            {
                throw new ArgumentException("A class has an empty name.", nameof(names));
            }

            if (!_entries.TryAdd(ColumnNames.Fold(theirs), (theirs.Trim(), ours.Trim(), 0)))
            {
                throw new ArgumentException($"The class '{theirs}' is named twice.", nameof(names));
            }
        }

        Source = "the table of class names";
    }

    private ClassNameTable(string source) => Source = source;

    internal string Source { get; }

    /// <summary>Reads a table: a line <c>theirs,ours</c> for each name, without a header; quotes as of RFC 4180.</summary>
    /// <param name="path">The file; UTF-8 or UTF-16.</param>
    /// <exception cref="AnnotationFormatException">A line is no such pair, or contradicts another.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ClassNameTable Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ClassNameTable table = new(path);
        LabelFileReader reader = new(File.ReadAllBytes(path), path);
        while (reader.ReadLine())
        {
            string[] names = reader.Fields();
            if (names.Length != 2 || names.Any(string.IsNullOrWhiteSpace))
            {
                throw reader.Fault(
                    string.Join(',', names),
                    $"'{LabelFileReader.Shorten(string.Join(',', names))}' is no line of the form theirs,ours. Write their name, a comma " +
                        "and ours.");
            }

            string key = ColumnNames.Fold(names[0]);
            if (table._entries.TryGetValue(key, out (string Theirs, string Ours, int Line) before)
                && ColumnNames.Fold(before.Ours) != ColumnNames.Fold(names[1]))
            {
                throw reader.Fault(
                    names[0],
                    $"'{LabelFileReader.Shorten(names[0])}' is {LabelFileReader.Shorten(names[1])} here and " +
                        $"{LabelFileReader.Shorten(before.Ours)} on line {before.Line}. Remove one of the two lines.");
            }

            table._entries[key] = (names[0], names[1], reader.LineNumber);
        }

        return table._entries.Count > 0
            ? table
            : throw new AnnotationFormatException(path, 0, null, "the table of class names is empty.",
                "Write a line theirs,ours for each.");
    }

    /// <summary>The index of what a name of theirs is here; null for a name that is not in the table.</summary>
    /// <exception cref="AnnotationFormatException">Some name of ours is none of the classes.</exception>
    internal Dictionary<string, int> IndicesIn(ExpressionClassSet classes)
    {
        Dictionary<string, int> own = ColumnNames.IndicesOf(classes), indices = [];
        foreach ((string theirs, (_, string ours, int line)) in _entries)
        {
            indices[theirs] = own.TryGetValue(ColumnNames.Fold(ours), out int index)
                ? index
                : throw new AnnotationFormatException(
                    Source, line, ours, $"'{LabelFileReader.Shorten(ours)}' is none of the classes {classes}.",
                    "Correct the name, or name the classes with TableDescription.ExpressionClasses.");
        }

        return indices;
    }

    /// <summary>The table in words, for messages.</summary>
    public override string ToString() => string.Join(", ", _entries.Values.Select(entry => $"{entry.Theirs} = {entry.Ours}"));
}
