using SsMfar.Data;
using SsMfar.Importing.Tables;

namespace SsMfar.Importing.Layouts;

/// <summary>A table with a header in a file of a data set.</summary>
internal sealed class DatasetTable
{
    private readonly ImportTable _table;
    private readonly string _path;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public DatasetTable(string path)
    {
        _path = path;
        _table = new(new ImportText(File.ReadAllBytes(path), path, null), path, null, []);
        for (int i = 0; i < _table.Header.Length; i++)
        {
            _places.TryAdd(ColumnNames.Fold(_table.Header[i]), i);
        }
    }

    /// <summary>A table of a folder that may hold other texts too; one that is no table is passed over, with a note.</summary>
    public static DatasetTable? OrNote(string path, DatasetRows rows)
    {
        try
        {
            return new(path);
        }
        catch (AnnotationFormatException)
        {
            rows.Note("texts that are no tables, passed over");
            return null;
        }
    }

    public IReadOnlyList<string> Header => _table.Header;

    public bool Has(string column) => _places.ContainsKey(ColumnNames.Fold(column));

    /// <summary>Goes through the rows: the line, and each field by its column's name.</summary>
    public void ForEach(Action<int, Func<string, string>> action) => _table.ForEach((row, line) =>
    {
        string[] fields = new string[row.Count];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = row[i].ToString();
        }

        action(line, column => _places.TryGetValue(ColumnNames.Fold(column), out int place)
            ? fields[place]
            : throw DatasetFolder.Fault(_path, _table.HeaderLine, column, $"the header has no column '{column}'."));
        return true;
    });
}
