using SsMfar.Data;

namespace SsMfar.Submissions;

/// <summary>A prediction in the challenge's submission format.</summary>
/// <param name="image">The image's name as in the annotation or release list.</param>
/// <param name="valence">How pleasant; null, with arousal, where the task was not predicted.</param>
/// <param name="arousal">How activated; null, with valence, where the task was not predicted.</param>
/// <param name="expression">The index of the predicted class; null where the task was not predicted.</param>
/// <param name="actionUnits">The twelve decisions, all of them known; or none, where the task was not predicted.</param>
public readonly struct SubmissionRow(string image, double? valence, double? arousal, int? expression, ActionUnitLabels actionUnits)
{
    /// <summary>Gets the image's name as in the annotation or release list.</summary>
    public string Image { get; init; } = image;

    /// <summary>
    /// Gets how pleasant the face is; clamped to [-1, 1] by <see cref="Submission"/>. Null, with arousal, where the task was not
    /// predicted: -5 in the file.
    /// </summary>
    public double? Valence { get; init; } = valence;

    /// <summary>
    /// Gets how activated the face is; clamped to [-1, 1] by <see cref="Submission"/>. Null, with valence, where the task was not
    /// predicted: -5 in the file.
    /// </summary>
    public double? Arousal { get; init; } = arousal;

    /// <summary>Gets the index of the predicted class; null where the task was not predicted: -1 in the file.</summary>
    public int? Expression { get; init; } = expression;

    /// <summary>Gets the twelve decisions, all known; or none, where the task was not predicted: -1 each in the file.</summary>
    public ActionUnitLabels ActionUnits { get; init; } = actionUnits;

    /// <summary>Returns the image's name.</summary>
    public override string ToString() => Image;

    /// <summary>Whether both hold predictions of the same tasks.</summary>
    internal bool HasTasksOf(in SubmissionRow other) =>
        Valence.HasValue == other.Valence.HasValue && Expression.HasValue == other.Expression.HasValue
            && ActionUnits.AnyKnown == other.ActionUnits.AnyKnown;
}
