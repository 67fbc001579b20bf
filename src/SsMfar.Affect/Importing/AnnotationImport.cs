using SsMfar.Data;
using SsMfar.Importing.Tables;

namespace SsMfar.Importing;

/// <summary>
/// Reads tables of labels that others made: any delimiter, encoding and decimal separator, columns by name, classes by name, other scales.
/// </summary>
public static class AnnotationImport
{
    /// <summary>Reads a table.</summary>
    /// <param name="path">The file: text with a header, as spreadsheets and programs write it.</param>
    /// <param name="description">Which columns it has and what their values mean.</param>
    /// <exception cref="AnnotationFormatException">
    /// The table is not as described, or does not say for sure what it means; file, line and value are named.
    /// </exception>
    /// <exception cref="ArgumentException">The description contradicts itself.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static AnnotationImportResult Load(string path, TableDescription description)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(File.ReadAllBytes(path), path, description);
    }

    /// <summary>Reads a table from memory; see <see cref="Load"/>.</summary>
    /// <param name="table">The table, encoded as in a file.</param>
    /// <param name="sourceName">What messages call it.</param>
    /// <param name="description">Which columns it has and what their values mean.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Load"/>.</exception>
    /// <exception cref="ArgumentException">The description contradicts itself.</exception>
    public static AnnotationImportResult Read(byte[] table, string sourceName, TableDescription description)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(sourceName);
        ArgumentNullException.ThrowIfNull(description);
        ImportColumns.Check(description);
        ImportText text = new(table, sourceName, description.Encoding);
        ImportTable rows = new(text, sourceName, description.Delimiter, [.. description.Columns.Values.Select(ColumnNames.Fold)]);
        ImportColumns columns = new(rows, sourceName, description);
        ImportNumbers numbers = ImportNumbers.Survey(rows, columns, sourceName, description);
        return new ImportRun(columns, numbers, sourceName, description).Read(rows, text.Name);
    }
}
