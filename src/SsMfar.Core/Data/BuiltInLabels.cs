namespace SsMfar.Data;

/// <summary>Reads the expression: one value, the class index.</summary>
internal sealed class ExpressionLabels : ITaskLabels
{
    /// <inheritdoc/>
    public int Width => 1;

    /// <inheritdoc/>
    public void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        int? expression = annotations[row].Expression;
        known[0] = expression.HasValue;
        values[0] = expression ?? 0;
    }
}

/// <summary>Reads valence and arousal: two values in [-1, 1], each known or not.</summary>
internal sealed class ValenceArousalLabels : ITaskLabels
{
    /// <inheritdoc/>
    public int Width => 2;

    /// <inheritdoc/>
    public void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        (float? valence, float? arousal) = (annotations[row].Valence, annotations[row].Arousal);
        known[0] = valence.HasValue;
        known[1] = arousal.HasValue;
        values[0] = valence ?? 0;
        values[1] = arousal ?? 0;
    }
}

/// <summary>Reads action units: a value for each, 1 where present, each known or not.</summary>
/// <param name="units">The units, those of the training set.</param>
internal sealed class ActionUnitTaskLabels(ActionUnitSet units) : ITaskLabels
{
    /// <summary>Gets the units.</summary>
    public ActionUnitSet Units => units;

    /// <inheritdoc/>
    public int Width => units.Count;

    /// <inheritdoc/>
    public void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ActionUnitLabels labels = annotations[row].ActionUnits;
        for (int i = 0; i < units.Count; i++)
        {
            bool? unit = labels[units[i]];
            known[i] = unit.HasValue;
            values[i] = unit == true ? 1 : 0;
        }
    }
}

/// <summary>Reads intensities of action units: a value from 0 to 5 for each, known or not.</summary>
/// <param name="units">The units, those that the training set has intensities of.</param>
internal sealed class ActionUnitIntensityLabels(ActionUnitSet units) : ITaskLabels
{
    /// <summary>Gets the units.</summary>
    public ActionUnitSet Units => units;

    /// <inheritdoc/>
    public int Width => units.Count;

    /// <inheritdoc/>
    public void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ActionUnitIntensities labels = annotations[row].Intensities;
        for (int i = 0; i < units.Count; i++)
        {
            float? intensity = labels[units[i]];
            known[i] = intensity.HasValue;
            values[i] = intensity ?? 0;
        }
    }
}

/// <summary>
/// Reads a custom column (see <see cref="AnnotationSet.ExtraColumns"/>): one value, unknown where the field is empty.
/// </summary>
/// <param name="column">The column's name in the header.</param>
public sealed class ColumnLabels(string column) : ITaskLabels
{
    /// <summary>Gets the column's name in the header.</summary>
    internal string Column => column;

    /// <inheritdoc/>
    public int Width => 1;

    /// <inheritdoc/>
    public void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        int index = annotations.ExtraColumns.IndexOf(column);
        if (annotations.TextColumns.Contains(column))
        {
            throw new InvalidOperationException(
                $"The column '{column}' is text: some field of it is no number, or the file's #text line names it. Correct the field.");
        }

        if (index < 0)
        {
            string present = annotations.ExtraColumns.Length == 0 ? "none" : string.Join(", ", annotations.ExtraColumns);
            throw new InvalidOperationException(
                $"The annotations have no column '{column}' (columns beyond the standard ones: {present}). Add it to the file's header.");
        }

        float value = annotations[row].Extra.Span[index];
        known[0] = !float.IsNaN(value);
        values[0] = known[0] ? value : 0;
    }
}
