using SsMfar.Shared;

namespace SsMfar.Data;

/// <content>Making known labels unknown, to study learning from few.</content>
public sealed partial class AnnotationSet
{
    /// <summary>
    /// The same rows with part of the expression labels made unknown, to study learning from few labels. Of each class the same
    /// fraction is hidden, rounded, so that the balance stays; a class loses its last label only at fraction 1. With one seed, a larger
    /// fraction hides everything that a smaller one hides.
    /// </summary>
    /// <param name="fraction">The share of the labels to hide, 0 to 1.</param>
    /// <param name="seed">Chooses which; the result depends on nothing else but the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is outside [0, 1].</exception>
    public AnnotationSet HideExpressions(double fraction, long seed)
    {
        CheckFraction(fraction);
        bool[] hidden = HiddenExpressions(fraction, seed);
        return Changed(row => hidden[row], _ => false, _ => false, _ => false);
    }

    /// <summary>
    /// The same rows with part of all labels made unknown, each task's in rows of its own: expressions as
    /// <see cref="HideExpressions"/> hides them; of the rows with valence or arousal the fraction, all they have of it; of the rows with
    /// any known unit the fraction, all of the row's units; of the rows with any known intensity likewise. Rounded; a task loses its last
    /// labelled row only at fraction 1. Which rows one task loses says nothing of which another does. With one seed, a larger fraction
    /// hides everything that a smaller one hides. Further columns stay as they are.
    /// </summary>
    /// <param name="fraction">The share of each task's labelled rows to hide, 0 to 1.</param>
    /// <param name="seed">Chooses which; the result depends on nothing else but the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is outside [0, 1].</exception>
    public AnnotationSet HideLabels(double fraction, long seed)
    {
        CheckFraction(fraction);
        bool[] expressions = HiddenExpressions(fraction, seed);
        bool[] affect = Hidden(HasAffect, fraction, SeedOf("valence_arousal"));
        bool[] units = Hidden(HasUnit, fraction, SeedOf("action_units"));
        bool[] intensities = Intensities is null ? [] : Hidden(HasIntensity, fraction, SeedOf("action_unit_intensity"));
        return Changed(
            row => expressions[row], row => affect[row], row => units[row], row => intensities.Length > 0 && intensities[row]);

        // Another seed for each task: with the same one, the rows that one loses would be those that the others lose.
        long SeedOf(string task) => unchecked((long)StableHash.Of(task, seed));

        bool HasAffect(int row) => _columns.HasValenceOrArousal(row);

        bool HasUnit(int row) => _columns.ActionUnits[row].AnyKnown;
    }

    // Class by class, so that the balance stays.
    private bool[] HiddenExpressions(double fraction, long seed)
    {
        bool[] hidden = new bool[Count];
        foreach (IGrouping<short, int> rows in Enumerable.Range(0, Count)
            .Where(row => _columns.Expressions[row] != AnnotationColumns.UnknownExpression)
            .GroupBy(row => _columns.Expressions[row]))
        {
            Hide(hidden, [.. rows], fraction, seed);
        }

        return hidden;
    }

    private bool[] Hidden(Func<int, bool> isLabelled, double fraction, long seed)
    {
        bool[] hidden = new bool[Count];
        Hide(hidden, [.. Enumerable.Range(0, Count).Where(isLabelled)], fraction, seed);
        return hidden;
    }

    private void Hide(bool[] hidden, int[] rows, double fraction, long seed)
    {
        int count = (int)Math.Round(fraction * rows.Length, MidpointRounding.AwayFromZero);
        count = fraction < 1 ? Math.Min(count, rows.Length - 1) : count;
        foreach (int row in rows.OrderBy(row => StableHash.Of(_columns.Images[row], seed)).ThenBy(row => row).Take(count))
        {
            hidden[row] = true;
        }
    }

    private AnnotationSet Changed(
        Func<int, bool> hidesExpression, Func<int, bool> hidesAffect, Func<int, bool> hidesUnits, Func<int, bool> hidesIntensities)
    {
        AnnotationColumns columns = new(Count, ExtraColumns.Length, TextColumns.Length);
        for (int row = 0; row < Count; row++)
        {
            bool affect = !hidesAffect(row);
            columns.Add(
                _columns.Images[row],
                affect ? _columns.ValenceArousal[2 * row] : double.NaN,
                affect ? _columns.ValenceArousal[(2 * row) + 1] : double.NaN,
                hidesExpression(row) ? AnnotationColumns.UnknownExpression : _columns.Expressions[row],
                hidesUnits(row) ? ActionUnitLabels.Unknown : _columns.ActionUnits[row],
                _columns.Extra.AsSpan(row * ExtraColumns.Length, ExtraColumns.Length),
                _columns.Text.AsSpan(row * TextColumns.Length, TextColumns.Length));
            if (hidesIntensities(row))
            {
                foreach (int column in Intensities!.Columns)
                {
                    columns.Extra[(row * ExtraColumns.Length) + column] = float.NaN;
                }
            }
        }

        return new(columns, ExpressionClasses, ExtraColumns, TextColumns, Units);
    }
}
