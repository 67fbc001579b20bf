namespace SsMfar.Data;

/// <summary>One annotated image: its name and what is known of it. A missing label is null, never a magic number.</summary>
/// <param name="Image">The image's path relative to the image root, with forward slashes, such as <c>video45_1/00001.jpg</c>.</param>
/// <param name="ValenceArousal">Valence and arousal, each in [-1, 1]; null where unknown (both or none).</param>
/// <param name="Expression">The index of the expression in the set's classes; null where unknown.</param>
/// <param name="ActionUnits">The action units, each possibly unknown.</param>
public readonly record struct AnnotationRow(string Image, ValenceArousal? ValenceArousal, int? Expression, ActionUnitLabels ActionUnits)
{
    /// <summary>
    /// Values of the columns beyond the standard ones, in the order of <see cref="AnnotationSet.ExtraColumns"/>; NaN where the file has
    /// an empty field. Empty in most sets.
    /// </summary>
    public ReadOnlyMemory<float> Extra { get; init; }
}
