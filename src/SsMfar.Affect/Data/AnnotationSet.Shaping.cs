using System.Runtime.CompilerServices;
using SsMfar.Imaging;

namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    private AnnotationStatistics? _statistics;

    /// <summary>Gets rows, missing labels, samples per class and unit; counted once.</summary>
    public AnnotationStatistics Statistics => _statistics ??= new(this); // two threads may count at once: the results are equal

    /// <summary>The rows that a condition holds for, in order.</summary>
    /// <param name="predicate">The condition.</param>
    public AnnotationSet Where(Func<AnnotationRow, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return Select(Enumerable.Range(0, Count).Where(i => predicate(this[i])));
    }

    /// <summary>Some rows, in the order given; a row may be taken more than once.</summary>
    /// <param name="indices">Row indices, each 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public AnnotationSet Select(IEnumerable<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        int[] all = [.. indices];
        AnnotationColumns columns = new(all.Length, ExtraColumns.Length, TextColumns.Length);
        foreach (int index in all)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count, nameof(indices));
            Copy(index, _columns.Images[index], _columns.Expressions[index], columns);
        }

        return new(columns, ExpressionClasses, ExtraColumns, TextColumns, Units);
    }

    /// <summary>The same rows with a folder in front of every image name, as when sets with different image roots are merged.</summary>
    /// <param name="prefix">
    /// The folder, relative to that of all images, with or without a slash at its end; nothing changes when empty.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="prefix"/> is a full path, or has ".." in it.</exception>
    public AnnotationSet WithImagePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string folder = prefix.Length == 0 || ImageName.Normalize(prefix) is "" ? "" : ImageName.Normalize(prefix) + "/";
        if (folder.Length > 0 && (ImageName.Fault(folder[..^1]) ?? FullPathFault(folder)) is { } fault)
        {
            throw new ArgumentException(fault, nameof(prefix));
        }

        AnnotationColumns columns = new(Count, ExtraColumns.Length, TextColumns.Length);
        for (int i = 0; i < Count; i++)
        {
            Copy(i, folder + _columns.Images[i], _columns.Expressions[i], columns);
        }

        return new(columns, ExpressionClasses, ExtraColumns, TextColumns, Units);
    }

    /// <summary>The same rows about other action units: labels of others are dropped, units that no row knows may be among them.</summary>
    /// <param name="units">The units.</param>
    public AnnotationSet WithUnits(ActionUnitSet units)
    {
        ArgumentNullException.ThrowIfNull(units);
        AnnotationColumns columns = new(Count, ExtraColumns.Length, TextColumns.Length);
        for (int i = 0; i < Count; i++)
        {
            Copy(i, _columns.Images[i], _columns.Expressions[i], columns);
            columns.ActionUnits[i] = columns.ActionUnits[i].Only(units);
        }

        return new(columns, ExpressionClasses, ExtraColumns, TextColumns, units);
    }

    /// <summary>
    /// Parts the rows in two such that rows of one group (a video, a person) never part, so that no frame of a validation video was
    /// trained on. Whole groups are drawn until validation has about the share asked for; both parts have at least one.
    /// </summary>
    /// <param name="validationFraction">The share of rows to aim at, above 0 and below 1.</param>
    /// <param name="seed">
    /// Chooses the groups; the result depends on nothing else but names and group sizes, not on the order of rows.
    /// </param>
    /// <param name="groupBy">The group of an image name; <see cref="ImageGroups.Video"/> when null.</param>
    /// <returns>The two parts, each in the order of this set.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="validationFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public (AnnotationSet Training, AnnotationSet Validation) Split(
        double validationFraction,
        long seed,
        Func<string, string>? groupBy = null)
    {
        CheckFraction(validationFraction);
        if (validationFraction is 0 or 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(validationFraction),
                validationFraction,
                "The share must leave rows on both sides.");
        }

        bool[] inValidation = GroupSplit.Choose(_columns.Images, validationFraction, seed, groupBy ?? ImageGroups.Video);
        return (
            Select(Enumerable.Range(0, Count).Where(i => !inValidation[i])),
            Select(Enumerable.Range(0, Count).Where(i => inValidation[i])));
    }

    private static string? FullPathFault(string folder) => ImageName.StaysInside(folder) ? null
        : $"the folder '{ImageName.Printable(folder)}' is a full path, and names are relative to the folder of the images. Name a folder " +
            "inside it.";

    private static void CheckFraction(double fraction, [CallerArgumentExpression(nameof(fraction))] string? parameter = null)
    {
        if (!(fraction is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(parameter, fraction, "A share lies in [0, 1].");
        }
    }

    private void Copy(int index, string image, int expression, AnnotationColumns target) =>
        target.Add(
            image,
            _columns.ValenceArousal[2 * index],
            _columns.ValenceArousal[2 * index + 1],
            expression,
            _columns.ActionUnits[index],
            _columns.Extra.AsSpan(index * ExtraColumns.Length, ExtraColumns.Length),
            _columns.Text.AsSpan(index * TextColumns.Length, TextColumns.Length));
}
