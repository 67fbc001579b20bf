using SsMfar.Data;

namespace SsMfar.Importing;

/// <summary>
/// Reads tables of labels that others made: any delimiter, encoding and decimal separator, columns by name, classes by name, other scales.
/// </summary>
public static class AnnotationImport
{
    /// <summary>Reads a table.</summary>
    /// <param name="path">The file: text with a header, as spreadsheets and programs write it.</param>
    /// <param name="options">Which columns it has and what their values mean.</param>
    /// <exception cref="AnnotationFormatException">
    /// The table is not as described, or does not say for sure what it means; file, line and value are named.
    /// </exception>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static AnnotationImportResult Load(string path, AnnotationImportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Reads a table from memory; see <see cref="Load"/>.</summary>
    /// <param name="table">The table, encoded as in a file.</param>
    /// <param name="sourceName">What messages call it.</param>
    /// <param name="options">Which columns it has and what their values mean.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Load"/>.</exception>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    public static AnnotationImportResult Read(byte[] table, string sourceName, AnnotationImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(sourceName);
        ArgumentNullException.ThrowIfNull(options);
        ImportColumns.Check(options);
        ImportText text = new(table, sourceName, options.Encoding);
        ImportTable rows = new(text, sourceName, options.Delimiter, [.. options.Columns.Values.Select(ColumnNames.Fold)]);
        ImportColumns columns = new(rows, sourceName, options);
        ImportNumbers numbers = ImportNumbers.Survey(rows, columns, sourceName, options);
        return new ImportRun(columns, numbers, sourceName, options).Read(rows, text.Name);
    }
}
