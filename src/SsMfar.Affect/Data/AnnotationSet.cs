using System.Collections;
using System.Collections.Immutable;
using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>
/// Annotated images with incomplete labels: immutable, stored by column (about 30 bytes a row beside the name), read as
/// <see cref="AnnotationRow"/> values. Safe to read from many threads.
/// </summary>
public sealed partial class AnnotationSet : IReadOnlyList<AnnotationRow>
{
    private readonly AnnotationColumns _columns;

    /// <summary>Makes a set of rows.</summary>
    /// <param name="rows">The rows; copied, their names brought into one spelling ('/' between parts, no "." among them).</param>
    /// <param name="expressionClasses">The classes that the rows' expression indices refer to; s-Aff-Wild2's eight when null.</param>
    /// <param name="extraColumns">
    /// Names of the columns beyond the standard ones; each row's <see cref="AnnotationRow.Extra"/> has one value for each.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A row has an empty name or one with '..', an expression outside the classes, valence or arousal outside [-1, 1], or another number
    /// of extra values; or an extra column has an empty, repeated or standard name.
    /// </exception>
    public AnnotationSet(
        IEnumerable<AnnotationRow> rows,
        ExpressionClassSet? expressionClasses = null,
        IEnumerable<string>? extraColumns = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ExpressionClasses = expressionClasses ?? ExpressionClassSet.AffWild2;
        ExtraColumns = extraColumns?.ToImmutableArray() ?? [];
        if (LabelHeader.ExtraColumnFault(ExtraColumns.AsSpan()) is { } fault)
        {
            throw new ArgumentException(fault, nameof(extraColumns));
        }

        AnnotationRow[] all = [.. rows.Select(row => row with { Image = ImageName.Normalize(row.Image ?? "") })];
        _columns = new(all.Length, ExtraColumns.Length);
        for (int i = 0; i < all.Length; i++)
        {
            ref readonly AnnotationRow row = ref all[i];
            Check(row, i);
            _columns.Add(
                row.Image,
                row.ValenceArousal?.Valence ?? double.NaN,
                row.ValenceArousal?.Arousal ?? double.NaN,
                row.Expression ?? AnnotationColumns.UnknownExpression,
                row.ActionUnits,
                row.Extra.Span);
        }
    }

    private AnnotationSet(AnnotationColumns columns, ExpressionClassSet expressionClasses, ImmutableArray<string> extraColumns)
    {
        _columns = columns.Trim();
        ExpressionClasses = expressionClasses;
        ExtraColumns = extraColumns;
    }

    /// <summary>Gets the classes that expression indices refer to.</summary>
    public ExpressionClassSet ExpressionClasses { get; }

    /// <summary>Gets names of the columns beyond the standard ones, in file order; usually empty.</summary>
    public ImmutableArray<string> ExtraColumns { get; }

    /// <summary>Gets the number of rows.</summary>
    public int Count => _columns.Count;

    internal AnnotationColumns Columns => _columns;

    /// <summary>A row.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside the set.</exception>
    public AnnotationRow this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            double valence = _columns.ValenceArousal[2 * index];
            short expression = _columns.Expressions[index];
            int width = ExtraColumns.Length;
            return new(
                _columns.Images[index],
                double.IsNaN(valence) ? null : new((float)valence, (float)_columns.ValenceArousal[2 * index + 1]),
                expression == AnnotationColumns.UnknownExpression ? null : expression,
                _columns.ActionUnits[index])
            {
                Extra = width == 0 ? default : _columns.Extra.AsMemory(index * width, width),
            };
        }
    }

    /// <inheritdoc/>
    public IEnumerator<AnnotationRow> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Check(in AnnotationRow row, int index)
    {
        if (ImageName.Fault(row.Image) is { } fault)
        {
            throw new ArgumentException($"Row {index}: {fault}");
        }

        if (row.Expression is int expression && (uint)expression >= (uint)ExpressionClasses.Count)
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}): expression {expression} is not one of the {ExpressionClasses.Count} classes " +
                    $"{ExpressionClasses}.");
        }

        if (row.ValenceArousal is { } affect && !(affect.Valence is >= -1 and <= 1 && affect.Arousal is >= -1 and <= 1))
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"Row {index} ({row.Image}): valence {affect.Valence} or arousal {affect.Arousal} is outside [-1, 1]."));
        }

        if (row.Extra.Length != ExtraColumns.Length)
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}) has {row.Extra.Length} extra values for {ExtraColumns.Length} extra columns.");
        }
    }
}
