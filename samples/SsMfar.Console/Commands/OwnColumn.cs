using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Columns of annotations that are the file's own, and what they say of whom the images show.</summary>
internal static class OwnColumn
{
    // Names of columns that say who is on an image.
    private static readonly string[] People = ["person", "subject", "identity"];

    /// <summary>What a row has in a column, null where nothing; no reader where there is no such column.</summary>
    public static Func<AnnotationRow, string?>? ReaderOf(AnnotationSet all, string column)
    {
        int text = IndexOf(all.TextColumns, column), number = IndexOf(all.ExtraColumns, column);
        return text >= 0 ? row => row.Text.Span[text]
            : number < 0 ? null
            : row => row.Extra.Span[number] is var value && float.IsNaN(value) ? null : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The column that says of each row whom it shows, where they are several; null where there is none.</summary>
    public static (string Name, Func<AnnotationRow, string> Of)? PersonOf(AnnotationSet all)
    {
        foreach (string column in People)
        {
            if (ReaderOf(all, column) is { } read && all.All(row => read(row) is not null)
                && all.Select(read).Distinct(StringComparer.Ordinal).Skip(1).Any())
            {
                return (column, row => read(row)!);
            }
        }

        return null;
    }

    /// <summary>
    /// Who is on both sides, by the first column that knows of somebody; null where nobody is, and where all show one person.
    /// </summary>
    public static (string Column, string Who)? OnBothSides(AnnotationSet training, AnnotationSet validation)
    {
        foreach (string column in People)
        {
            if (ReaderOf(training, column) is not { } learned || ReaderOf(validation, column) is not { } judged)
            {
                continue;
            }

            HashSet<string> known = [.. training.Select(learned).OfType<string>()];
            string[] others = [.. validation.Select(judged).OfType<string>().Distinct(StringComparer.Ordinal)];
            string[] both = [.. others.Where(known.Contains)];
            if (both.Length > 0 && known.Union(others).Skip(1).Any())
            {
                string more = both.Length > 2 ? $"{both.Length - 1} others" : $"'{both[^1]}'";
                return (column, both.Length == 1 ? $"'{both[0]}'" : $"'{both[0]}' and {more}");
            }
        }

        return null;
    }

    private static int IndexOf(ImmutableArray<string> names, string name) =>
        names.IndexOf(name, 0, names.Length, StringComparer.OrdinalIgnoreCase);
}
