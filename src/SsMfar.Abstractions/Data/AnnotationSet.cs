using System.Collections;
using System.Collections.Immutable;

namespace SsMfar.Data;

/// <summary>
/// Annotated images with incomplete labels: immutable, stored by column (about 20 bytes a row beside the name), read as
/// <see cref="AnnotationRow"/> values. Safe to read from many threads.
/// </summary>
public sealed partial class AnnotationSet : IReadOnlyList<AnnotationRow>
{
    private const short UnknownExpression = -1;

    private readonly string[] _images;
    private readonly ValenceArousal[] _valenceArousal; // NaN, NaN where unknown
    private readonly short[] _expressions;
    private readonly ActionUnitLabels[] _actionUnits;
    private readonly float[] _extra; // Count x ExtraColumns

    /// <summary>Makes a set of rows.</summary>
    /// <param name="rows">The rows; copied.</param>
    /// <param name="expressionClasses">The classes that the rows' expression indices refer to; s-Aff-Wild2's eight when null.</param>
    /// <param name="extraColumns">Names of the columns beyond the standard ones; each row's <see cref="AnnotationRow.Extra"/> has one value for each.</param>
    /// <exception cref="ArgumentException">A row has an empty name, an expression outside the classes, valence or arousal outside [-1, 1], or another number of extra values.</exception>
    public AnnotationSet(IEnumerable<AnnotationRow> rows, ExpressionClassSet? expressionClasses = null, IEnumerable<string>? extraColumns = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ExpressionClasses = expressionClasses ?? ExpressionClassSet.AffWild2;
        ExtraColumns = extraColumns?.ToImmutableArray() ?? [];
        AnnotationRow[] all = [.. rows];
        int width = ExtraColumns.Length;
        _images = new string[all.Length];
        _valenceArousal = new ValenceArousal[all.Length];
        _expressions = new short[all.Length];
        _actionUnits = new ActionUnitLabels[all.Length];
        _extra = new float[all.Length * width];
        for (int i = 0; i < all.Length; i++)
        {
            AnnotationRow row = all[i];
            Check(row, i, width);
            _images[i] = row.Image;
            _valenceArousal[i] = row.ValenceArousal ?? new(float.NaN, float.NaN);
            _expressions[i] = (short)(row.Expression ?? UnknownExpression);
            _actionUnits[i] = row.ActionUnits;
            row.Extra.Span.CopyTo(_extra.AsSpan(i * width, width));
        }
    }

    /// <summary>The classes that expression indices refer to.</summary>
    public ExpressionClassSet ExpressionClasses { get; }

    /// <summary>Names of the columns beyond the standard ones, in file order; usually empty.</summary>
    public ImmutableArray<string> ExtraColumns { get; }

    /// <summary>The number of rows.</summary>
    public int Count => _images.Length;

    /// <summary>A row.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public AnnotationRow this[int index]
    {
        get
        {
            ValenceArousal affect = _valenceArousal[index];
            int width = ExtraColumns.Length;
            return new(
                _images[index],
                float.IsNaN(affect.Valence) ? null : affect,
                _expressions[index] == UnknownExpression ? null : _expressions[index],
                _actionUnits[index])
            {
                Extra = width == 0 ? default : _extra.AsMemory(index * width, width),
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

    private void Check(in AnnotationRow row, int index, int extraWidth)
    {
        if (string.IsNullOrEmpty(row.Image))
        {
            throw new ArgumentException($"Row {index} has no image name.");
        }

        if (row.Expression is int expression && (uint)expression >= (uint)ExpressionClasses.Count)
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}): expression {expression} is not one of the {ExpressionClasses.Count} classes {ExpressionClasses}.");
        }

        if (row.ValenceArousal is { } affect && !(affect.Valence is >= -1 and <= 1 && affect.Arousal is >= -1 and <= 1))
        {
            throw new ArgumentException($"Row {index} ({row.Image}): valence {affect.Valence} or arousal {affect.Arousal} is outside [-1, 1].");
        }

        if (row.Extra.Length != extraWidth)
        {
            throw new ArgumentException($"Row {index} ({row.Image}) has {row.Extra.Length} extra values for {extraWidth} extra columns.");
        }
    }
}
