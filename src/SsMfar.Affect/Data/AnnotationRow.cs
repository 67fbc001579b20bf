namespace SsMfar.Data;

/// <summary>One annotated image: its name and what is known of it. A missing label is null, never a magic number.</summary>
/// <param name="image">The image's path relative to the image root, with forward slashes, such as <c>video45_1/00001.jpg</c>.</param>
/// <param name="valenceArousal">Valence and arousal, each in [-1, 1]; null where unknown (both or none).</param>
/// <param name="expression">The index of the expression in the set's classes; null where unknown.</param>
/// <param name="actionUnits">The action units, each possibly unknown.</param>
public readonly struct AnnotationRow(string image, ValenceArousal? valenceArousal, int? expression, ActionUnitLabels actionUnits)
{
    /// <summary>Gets the image's path relative to the image root, with forward slashes, such as <c>video45_1/00001.jpg</c>.</summary>
    public string Image { get; init; } = image;

    /// <summary>
    /// Gets valence and arousal, each in [-1, 1]; null unless both are known. Setting it sets <see cref="Valence"/> and
    /// <see cref="Arousal"/>.
    /// </summary>
    public ValenceArousal? ValenceArousal
    {
        get => Valence is { } valence && Arousal is { } arousal ? new(valence, arousal) : null;
        init => (Valence, Arousal) = (value?.Valence, value?.Arousal);
    }

    /// <summary>Gets valence, in [-1, 1], with or without arousal; null where unknown.</summary>
    public float? Valence { get; init; } = valenceArousal?.Valence;

    /// <summary>Gets arousal, in [-1, 1], with or without valence; null where unknown.</summary>
    public float? Arousal { get; init; } = valenceArousal?.Arousal;

    /// <summary>Gets the index of the expression in the set's classes; null where unknown.</summary>
    public int? Expression { get; init; } = expression;

    /// <summary>Gets the action units, each possibly unknown.</summary>
    public ActionUnitLabels ActionUnits { get; init; } = actionUnits;

    /// <summary>
    /// Gets the values of the columns beyond the standard ones, in the order of <see cref="AnnotationSet.ExtraColumns"/>; NaN where the
    /// file has an empty field. Empty in most sets.
    /// </summary>
    public ReadOnlyMemory<float> Extra { get; init; }

    /// <summary>
    /// Gets how strong its action units are, where the set has columns that say so (<see cref="AnnotationSet.IntensityUnits"/>): read from
    /// <see cref="Extra"/>. Of a row that is in no set nothing is known; <see cref="AnnotationSet.WithIntensities"/> gives rows theirs.
    /// </summary>
    public ActionUnitIntensities Intensities => new(IntensityColumns, Extra);

    /// <summary>
    /// Gets the texts of the row, in the order of <see cref="AnnotationSet.TextColumns"/>; null where the file has an empty field. Empty
    /// in most sets.
    /// </summary>
    public ReadOnlyMemory<string?> Text { get; init; }

    internal IntensityColumns? IntensityColumns { get; init; }

    /// <summary>Returns the image's path.</summary>
    public override string ToString() => Image;
}
