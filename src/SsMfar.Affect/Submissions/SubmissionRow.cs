using SsMfar.Data;

namespace SsMfar.Submissions;

/// <summary>A prediction in the challenge's submission format.</summary>
/// <param name="Image">The image's name as in the annotation or release list.</param>
/// <param name="Valence">
/// How pleasant; clamped to [-1, 1] by <see cref="Submission"/>. Null, with arousal, where the task was not predicted: -5 in the
/// file.
/// </param>
/// <param name="Arousal">
/// How activated; clamped to [-1, 1] by <see cref="Submission"/>. Null, with valence, where the task was not predicted: -5 in the
/// file.
/// </param>
/// <param name="Expression">The index of the predicted class; null where the task was not predicted: -1 in the file.</param>
/// <param name="ActionUnits">
/// The twelve decisions, all of them known; or none, where the task was not predicted: -1 each in the file.
/// </param>
public readonly record struct SubmissionRow(string Image, double? Valence, double? Arousal, int? Expression, ActionUnitLabels ActionUnits)
{
    /// <summary>Whether both hold predictions of the same tasks.</summary>
    internal bool HasTasksOf(in SubmissionRow other) =>
        Valence.HasValue == other.Valence.HasValue && Expression.HasValue == other.Expression.HasValue
            && ActionUnits.AnyKnown == other.ActionUnits.AnyKnown;
}
