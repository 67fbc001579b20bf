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
    /// Names of the columns of numbers beyond the standard ones; each row's <see cref="AnnotationRow.Extra"/> has one value for each.
    /// </param>
    /// <param name="textColumns">
    /// Names of the columns of text; each row's <see cref="AnnotationRow.Text"/> has one for each.
    /// </param>
    /// <param name="units">
    /// The action units that the set is about. When null the challenge's twelve, or, where a row knows a unit beyond those, all that rows
    /// know.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A row has an empty name or one with '..', an expression outside the classes, valence or arousal outside [-1, 1], another number of
    /// extra values or texts, an extra value that its column's name does not allow, such as a negative weight, or a unit beyond
    /// <paramref name="units"/>; or a column has an empty, repeated or standard name.
    /// </exception>
    public AnnotationSet(
        IEnumerable<AnnotationRow> rows,
        ExpressionClassSet? expressionClasses = null,
        IEnumerable<string>? extraColumns = null,
        IEnumerable<string>? textColumns = null,
        ActionUnitSet? units = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ExpressionClasses = expressionClasses ?? ExpressionClassSet.AffWild2;
        ExtraColumns = extraColumns?.ToImmutableArray() ?? [];
        TextColumns = textColumns?.ToImmutableArray() ?? [];
        if (ColumnNames.Fault(ExtraColumns, TextColumns) is { } fault)
        {
            throw new ArgumentException(fault, nameof(extraColumns));
        }

        Intensities = IntensityColumns.Of(ExtraColumns);
        AnnotationRow[] all = [.. rows.Select(row => row with { Image = ImageName.Normalize(row.Image ?? "") })];
        _columns = new(all.Length, ExtraColumns.Length, TextColumns.Length);
        for (int i = 0; i < all.Length; i++)
        {
            ref readonly AnnotationRow row = ref all[i];
            Check(row, i);
            _columns.Add(
                row.Image,
                row.Valence ?? double.NaN,
                row.Arousal ?? double.NaN,
                row.Expression ?? AnnotationColumns.UnknownExpression,
                row.ActionUnits,
                row.Extra.Span,
                row.Text.Span);
        }

        ulong known = _columns.KnownUnits();
        Units = units ?? ((known & ~ActionUnitSet.AffWild2.Mask) == 0 ? ActionUnitSet.AffWild2 : ActionUnitSet.OfMask(known)!);
        if (ActionUnitSet.OfMask(known & ~Units.Mask) is { } others)
        {
            throw new ArgumentException($"Rows have labels of {others}, and the set is about {Units}.", nameof(units));
        }
    }

    internal AnnotationSet(
        AnnotationColumns columns,
        ExpressionClassSet expressionClasses,
        ImmutableArray<string> extraColumns,
        ImmutableArray<string> textColumns,
        ActionUnitSet? units = null)
    {
        _columns = columns.Trim();
        Units = units ?? ActionUnitSet.AffWild2;
        ExpressionClasses = expressionClasses;
        ExtraColumns = extraColumns;
        TextColumns = textColumns;
        Intensities = IntensityColumns.Of(ExtraColumns);
    }

    /// <summary>Gets the classes that expression indices refer to.</summary>
    public ExpressionClassSet ExpressionClasses { get; }

    /// <summary>
    /// Gets the action units that the set is about, which statistics, tasks and scores follow: those that a file's header names; the
    /// challenge's twelve for its header, and where a file names none.
    /// </summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets the name of the column of numbers that weighs rows: 0 or more, 1 where unknown.</summary>
    public static string WeightColumn => "weight";

    /// <summary>Gets the name of the column of text that says where a row's labels come from.</summary>
    public static string SourceColumn => "source";

    /// <summary>Gets names of the columns of numbers beyond the standard ones, in file order; usually empty.</summary>
    public ImmutableArray<string> ExtraColumns { get; }

    /// <summary>Gets names of the columns of text, in file order; usually empty.</summary>
    public ImmutableArray<string> TextColumns { get; }

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
            double arousal = _columns.ValenceArousal[2 * index + 1];
            short expression = _columns.Expressions[index];
            int width = ExtraColumns.Length, texts = TextColumns.Length;
            return new(
                _columns.Images[index],
                null,
                expression == AnnotationColumns.UnknownExpression ? null : expression,
                _columns.ActionUnits[index])
            {
                Valence = double.IsNaN(valence) ? null : (float)valence,
                Arousal = double.IsNaN(arousal) ? null : (float)arousal,
                Extra = width == 0 ? default : _columns.Extra.AsMemory(index * width, width),
                Text = texts == 0 ? default : _columns.Text.AsMemory(index * texts, texts),
                IntensityColumns = Intensities,
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

        if (row.Valence is { } valence && !(valence is >= -1 and <= 1) || row.Arousal is { } arousal && !(arousal is >= -1 and <= 1))
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"Row {index} ({row.Image}): valence {row.Valence} or arousal {row.Arousal} is outside [-1, 1]."));
        }

        if (row.Extra.Length != ExtraColumns.Length)
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}) has {row.Extra.Length} extra values for {ExtraColumns.Length} extra columns.");
        }

        for (int k = 0; k < ExtraColumns.Length; k++)
        {
            if (ColumnNames.ValueFault(ExtraColumns[k], row.Extra.Span[k]) is { } wrong)
            {
                throw new ArgumentException($"Row {index} ({row.Image}): {wrong}");
            }
        }

        if (row.Text.Length != TextColumns.Length)
        {
            throw new ArgumentException($"Row {index} ({row.Image}) has {row.Text.Length} texts for {TextColumns.Length} columns of text.");
        }
    }
}
