using System.Collections.Immutable;

namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    /// <summary>
    /// Joins sets. Rows of different images follow one another; what several sets (or several rows) say of one image becomes one row, at
    /// the place of the first, so that label lists of single tasks combine into one of many. Columns of numbers and of text are joined by
    /// name; one that is empty throughout a set is of the kind that the others say.
    /// A row of several sources names them all, joined by '+'. The result is about every action unit that a set with labels of units
    /// is about (<see cref="Units"/>); a set without one adds none.
    /// </summary>
    /// <param name="sets">At least one set, all with equal classes.</param>
    /// <exception cref="ArgumentException">
    /// There is no set, the class sets differ, or two rows of an image contradict each other.
    /// </exception>
    public static AnnotationSet Merge(params IEnumerable<AnnotationSet> sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        AnnotationSet[] all = [.. sets];
        if (all.Length == 0)
        {
            throw new ArgumentException("There is no set to merge.", nameof(sets));
        }

        if (all.FirstOrDefault(set => !set.ExpressionClasses.Equals(all[0].ExpressionClasses)) is { } other)
        {
            throw new ArgumentException(
                $"The sets have different expression classes: {all[0].ExpressionClasses} and {other.ExpressionClasses}. Read them with " +
                    "one class set.",
                nameof(sets));
        }

        (ImmutableArray<string> extraColumns, ImmutableArray<string> textColumns) = JoinedColumns(all);
        if (extraColumns.FirstOrDefault(name => IndexOf(textColumns, name) >= 0) is { } both)
        {
            throw new ArgumentException(
                $"The column '{both}' is numbers in one set and text in another. Rename one, or declare it text in both files.",
                nameof(sets));
        }

        AnnotationColumns merged = new(all.Sum(set => set.Count), extraColumns.Length, textColumns.Length);
        Dictionary<string, int> rowOf = new(StringComparer.Ordinal);
        float[] extra = new float[extraColumns.Length];
        string?[] text = new string?[textColumns.Length];
        int source = IndexOf(textColumns, SourceColumn);
        foreach (AnnotationSet set in all)
        {
            int[] place = [.. set.ExtraColumns.Select(name => IndexOf(extraColumns, name))];
            int[] textPlace = [.. set.TextColumns.Select(name => IndexOf(textColumns, name))];
            for (int i = 0; i < set.Count; i++)
            {
                Array.Fill(extra, float.NaN);
                for (int k = 0; k < place.Length; k++)
                {
                    if (place[k] >= 0)
                    {
                        extra[place[k]] = set._columns.Extra[i * place.Length + k];
                    }
                }

                Array.Clear(text);
                for (int k = 0; k < textPlace.Length; k++)
                {
                    if (textPlace[k] >= 0)
                    {
                        text[textPlace[k]] = set._columns.Text[i * textPlace.Length + k];
                    }
                }

                Append(merged, rowOf, set._columns, i, extra, text, (extraColumns, textColumns, source));
            }
        }

        ulong units = all.Where(set => set._columns.KnownUnits() != 0).Aggregate(0UL, (mask, set) => mask | set.Units.Mask);
        return new(merged, all[0].ExpressionClasses, extraColumns, textColumns, ActionUnitSet.OfMask(units) ?? all[0].Units);
    }

    /// <summary>Joins this set with others; see <see cref="Merge(IEnumerable{AnnotationSet})"/>.</summary>
    /// <param name="others">The other sets, with equal classes.</param>
    /// <exception cref="ArgumentException">The class sets differ, or two rows of an image contradict each other.</exception>
    public AnnotationSet MergeWith(params IEnumerable<AnnotationSet> others) => Merge([this, .. others]);

    // What is empty throughout is of the kind that the others say: a file does not tell whether numbers or text are missing in it.
    private static (ImmutableArray<string> Extra, ImmutableArray<string> Text) JoinedColumns(AnnotationSet[] sets)
    {
        HashSet<string> extra = Names(sets.SelectMany(set => set.ExtraColumns.Where((_, k) => set.HasNumbers(k))));
        HashSet<string> text = Names(sets.SelectMany(set => set.TextColumns.Where((_, k) => set.HasTexts(k))));
        return (
            [.. sets.SelectMany(set => set.ExtraColumns).Where(name => extra.Contains(name) || !text.Contains(name))
                .Distinct(StringComparer.OrdinalIgnoreCase)],
            [.. sets.SelectMany(set => set.TextColumns).Where(name => text.Contains(name) || !extra.Contains(name))
                .Distinct(StringComparer.OrdinalIgnoreCase)]);

        static HashSet<string> Names(IEnumerable<string> names) => new(names, StringComparer.OrdinalIgnoreCase);
    }

    private bool HasNumbers(int column) =>
        Enumerable.Range(0, Count).Any(row => !float.IsNaN(_columns.Extra[(row * ExtraColumns.Length) + column]));

    private bool HasTexts(int column) =>
        Enumerable.Range(0, Count).Any(row => _columns.Text[(row * TextColumns.Length) + column] is not null);

    private static int IndexOf(ImmutableArray<string> names, string name) =>
        names.IndexOf(name, 0, names.Length, StringComparer.OrdinalIgnoreCase);

    private static void Append(
        AnnotationColumns merged,
        Dictionary<string, int> rowOf,
        AnnotationColumns source,
        int i,
        ReadOnlySpan<float> extra,
        ReadOnlySpan<string?> text,
        (ImmutableArray<string> Extra, ImmutableArray<string> Text, int Source) columns)
    {
        string image = source.Images[i];
        if (rowOf.TryAdd(image, merged.Count))
        {
            merged.Add(
                image,
                source.ValenceArousal[2 * i],
                source.ValenceArousal[2 * i + 1],
                source.Expressions[i],
                source.ActionUnits[i],
                extra,
                text);
            return;
        }

        int row = rowOf[image];
        for (int k = 0; k < 2; k++)
        {
            merged.ValenceArousal[2 * row + k] = Combine(
                merged.ValenceArousal[2 * row + k],
                source.ValenceArousal[2 * i + k],
                image,
                k == 0 ? "valence" : "arousal");
        }

        merged.Expressions[row] = (short)Combine(merged.Expressions[row], source.Expressions[i], image);
        merged.ActionUnits[row] = Combine(merged.ActionUnits[row], source.ActionUnits[i], image);
        Span<float> known = merged.Extra.AsSpan(row * extra.Length, extra.Length);
        for (int k = 0; k < extra.Length; k++)
        {
            known[k] = (float)Combine(known[k], extra[k], image, $"the column {columns.Extra[k]}");
        }

        Span<string?> texts = merged.Text.AsSpan(row * text.Length, text.Length);
        for (int k = 0; k < text.Length; k++)
        {
            texts[k] = k == columns.Source ? Join(texts[k], text[k]) : Combine(texts[k], text[k], image, columns.Text[k]);
        }
    }

    // A row in code has the single precision of what a file has in double.
    private static double Combine(double first, double second, string image, string label) =>
        double.IsNaN(second) || (float)first == (float)second ? first
        : double.IsNaN(first) ? second
        : throw Contradiction(image, label);

    private static string? Combine(string? first, string? second, string image, string column) =>
        second is null || first == second ? first
        : first is null ? second
        : throw Contradiction(image, $"the column {column} ('{first}' and '{second}')");

    // Either may be of several sources already.
    private static string? Join(string? first, string? second) =>
        second is null || first == second ? first
        : first is null ? second
        : string.Join('+', first.Split('+').Union(second.Split('+'), StringComparer.Ordinal));

    private static int Combine(int first, int second, string image) =>
        second == AnnotationColumns.UnknownExpression || first == second ? first
        : first == AnnotationColumns.UnknownExpression ? second
        : throw Contradiction(image, "the expression");

    private static ActionUnitLabels Combine(ActionUnitLabels first, ActionUnitLabels second, string image)
    {
        ulong different = (first.ActiveMask ^ second.ActiveMask) & first.KnownMask & second.KnownMask;
        return different == 0
            ? ActionUnitLabels.FromMasks(first.KnownMask | second.KnownMask, first.ActiveMask | second.ActiveMask)
            : throw Contradiction(
                image, ActionUnits.NameOf(ActionUnits.OfSlot(System.Numerics.BitOperations.TrailingZeroCount(different))));
    }

    private static ArgumentException Contradiction(string image, string label) =>
        new($"Two rows of the image {image} contradict each other in {label}. Remove one, or give the sets different prefixes if these " +
            "are different images.");
}
