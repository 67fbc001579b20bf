using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>The group of each row by a column, and the groups' names, the largest first.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="Names">The groups' names.</param>
/// <param name="GroupOf">The group of each row; -1 where the column is empty.</param>
internal sealed record SubgroupLabels(string Column, string[] Names, int[] GroupOf)
{
    public const int None = -1;

    // More distinct numbers than these are a measure, such as an age, and are cut in quarters.
    private const int MostNumbers = 10;
    private const int Parts = 4;

    private readonly int[] _rows = Counted(Names.Length, GroupOf);

    /// <exception cref="ArgumentException">There is no such column, or no row has a value in it.</exception>
    public static SubgroupLabels Of(AnnotationSet truth, string column)
    {
        int text = truth.TextColumns.IndexOf(column), number = truth.ExtraColumns.IndexOf(column);
        string?[] values = text >= 0
            ? [.. Enumerable.Range(0, truth.Count).Select(row => truth.Columns.Text[(row * truth.TextColumns.Length) + text])]
            : number >= 0
                ? Words([.. Enumerable.Range(0, truth.Count)
                    .Select(row => truth.Columns.Extra[(row * truth.ExtraColumns.Length) + number])])
                : throw new ArgumentException(Missing(truth, column), nameof(column));
        string[] names =
        [
            .. values.OfType<string>().CountBy(value => value, StringComparer.Ordinal).OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key),
        ];
        if (names.Length == 0)
        {
            throw new ArgumentException($"No row has a value in the column '{column}'. Name another.", nameof(column));
        }

        Dictionary<string, int> places = names.Index().ToDictionary(name => name.Item, name => name.Index, StringComparer.Ordinal);
        return new(column, names, [.. values.Select(value => value is null ? None : places[value])]);
    }

    /// <summary>How many rows a group has.</summary>
    public int Rows(int group) => _rows[group];

    /// <summary>How many groups have so many rows: the first, since the largest are.</summary>
    public int Large(int least) => _rows.Count(rows => rows >= least);

    private static int[] Counted(int groups, int[] groupOf)
    {
        int[] rows = new int[groups];
        foreach (int group in groupOf.Where(group => group != None))
        {
            rows[group]++;
        }

        return rows;
    }

    private static string Missing(AnnotationSet truth, string column)
    {
        string[] others = [.. truth.TextColumns, .. truth.ExtraColumns];
        return others.Length == 0
            ? $"There is no column '{column}': the annotations have no columns beyond the labels. Add one that says the group of each row."
            : $"There is no column '{column}' in the annotations. Name one of {string.Join(", ", others)}.";
    }

    private static string?[] Words(float[] numbers)
    {
        float[] sorted = [.. numbers.Where(float.IsFinite).Order()];
        if (sorted.Distinct().Take(MostNumbers + 1).Count() <= MostNumbers)
        {
            return [.. numbers.Select(number => float.IsFinite(number) ? Word(number) : null)];
        }

        // Equal numbers never part, so that quarters of many equal ones may be joined.
        float[] starts = [.. Enumerable.Range(0, Parts).Select(part => sorted[part * sorted.Length / Parts]).Distinct()];
        string[] names =
        [
            .. starts.Select((start, i) =>
            {
                float last = i + 1 < starts.Length ? sorted.Last(number => number < starts[i + 1]) : sorted[^1];
                return start == last ? Word(start) : $"{Word(start)} to {Word(last)}";
            }),
        ];
        return [.. numbers.Select(number => float.IsFinite(number) ? names[Array.FindLastIndex(starts, start => start <= number)] : null)];
    }

    private static string Word(float number) => number.ToString(CultureInfo.InvariantCulture);
}
