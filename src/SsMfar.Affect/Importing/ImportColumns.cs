using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Importing.Tables;

namespace SsMfar.Importing;

/// <summary>Which field of a table's rows is which of our columns.</summary>
internal sealed class ImportColumns
{
    private readonly ImportTable _table;

    /// <summary>Finds the columns that the description names.</summary>
    /// <exception cref="AnnotationFormatException">The table has no such column, or several.</exception>
    public ImportColumns(ImportTable table, string source, TableDescription description)
    {
        _table = table;
        string[] folded = [.. table.Header.Select(ColumnNames.Fold)];
        foreach ((string ours, string theirs) in description.Columns)
        {
            string wanted = ColumnNames.Fold(theirs);
            int[] places = [.. Enumerable.Range(0, folded.Length).Where(i => folded[i] == wanted)];
            if (places.Length != 1)
            {
                throw new AnnotationFormatException(
                    source, table.HeaderLine, theirs,
                    places.Length > 1
                        ? $"{places.Length} columns are named '{LabelFileReader.Shorten(theirs)}', which is to be {ours}."
                        : $"there is no column '{LabelFileReader.Shorten(theirs)}', which is to be {ours}; with " +
                            $"{ImportTable.Name(table.Delimiter)} between them there are {string.Join(", ", table.Header.Select(Quote))}.",
                    places.Length > 1 ? "Rename one of them." : "Name one of these, or the delimiter.");
            }

            Add(ColumnNames.Canonical(ours), places[0], description);
        }

        Ignored = [.. table.Header.Where((_, i) => All.All(column => column.Place != i))];
    }

    /// <summary>Gets the columns by role; numbers of our own that are sure to be such have <see cref="FieldRole.Number"/>.</summary>
    public List<(FieldRole Role, int Index, string Name, int Place, UnknownMarks Marks)> All { get; } = [];

    /// <summary>Gets the names of columns that are left out.</summary>
    public ImmutableArray<string> Ignored { get; }

    /// <summary>Gets the units among the columns; null for none.</summary>
    public ActionUnitSet? Units => ActionUnitSet.OfMask(
        All.Where(column => column.Role == FieldRole.Unit).Aggregate(0UL, (mask, column) => mask | 1UL << column.Index));

    /// <summary>What the table calls a column.</summary>
    public string Theirs(int place) => _table.Header[place];

    /// <summary>Refuses a description that contradicts itself.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public static void Check(TableDescription description)
    {
        string[] names = [.. description.Columns.Keys.Select(ColumnNames.Canonical)];
        string? fault = !names.Contains(ColumnNames.Image) ? "No column is named that is the image."
            : names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice
                ? $"{twice.Key} is given two columns."
            : names.Contains(ColumnNames.Units, StringComparer.OrdinalIgnoreCase) ? "Units are named one by one, as AU1."
            : description.Ranges.Keys.FirstOrDefault(name => !IsAffect(name)) is { } other
                ? $"A range of {other} has no meaning; valence and arousal have one."
            : description.Ranges.Keys.FirstOrDefault(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unmapped
                ? $"A range of {unmapped} is given, and no column that is it."
            : description.Ranges.FirstOrDefault(pair => !(double.IsFinite(pair.Value.Low) && double.IsFinite(pair.Value.High)
                && pair.Value.Low != pair.Value.High)).Key is { } empty ? $"The ends of the range of {empty} must be two different numbers."
            : description.DecimalSeparator is not (null or '.' or ',') ? "The decimal separator is '.' or ','."
            : description.Delimiter is '"' or '\r' or '\n' or ' ' ? "The delimiter is no quote, blank or line break."
            : description.ClassNames is not null && !names.Contains(ColumnNames.Expression)
                ? "A table of class names is given, and no column that is the expression."
            : UnknownMarks.Fault(description, names);
        if (fault is not null)
        {
            throw new ArgumentException(fault, nameof(description));
        }
    }

    private static bool IsAffect(string name) =>
        ColumnNames.Canonical(name) is ColumnNames.Valence or ColumnNames.Arousal;

    private static string Quote(string name) => $"'{LabelFileReader.Shorten(name)}'";

    private void Add(string name, int place, TableDescription description)
    {
        FieldRole role = name switch
        {
            ColumnNames.Image => FieldRole.Image,
            ColumnNames.Valence => FieldRole.Valence,
            ColumnNames.Arousal => FieldRole.Arousal,
            ColumnNames.Expression => FieldRole.Expression,
            _ when ActionUnits.TryParse(name, out _) => FieldRole.Unit,
            _ when ColumnNames.IsNumber(name) => FieldRole.Number,
            _ => FieldRole.Text,
        };
        int index = ActionUnits.TryParse(name, out ActionUnit unit) ? ActionUnits.SlotOf(unit) : All.Count(column => column.Role == role);
        All.Add((role, index, name, place, UnknownMarks.Of(description, role, name)));
    }
}
