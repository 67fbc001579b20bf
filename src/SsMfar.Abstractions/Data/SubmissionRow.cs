namespace SsMfar.Data;

/// <summary>A prediction in the challenge's submission format.</summary>
/// <param name="Image">The image's name as in the annotation or release list.</param>
/// <param name="Valence">How pleasant; clamped to [-1, 1] by <see cref="SubmissionFile"/>.</param>
/// <param name="Arousal">How activated; clamped to [-1, 1] by <see cref="SubmissionFile"/>.</param>
/// <param name="Expression">The index of the predicted class.</param>
/// <param name="ActionUnits">The twelve decisions, all of them known.</param>
public readonly record struct SubmissionRow(string Image, double Valence, double Arousal, int Expression, ActionUnitLabels ActionUnits);
