using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>
/// The one of valence and arousal that no training row has, where rows have the other: the head has its output all the same, which means
/// nothing.
/// </summary>
internal static class UnlearnedHalf
{
    /// <summary>0 for valence, 1 for arousal; null where both are learned, or the task is not.</summary>
    public static int? Of(IEnumerable<AffectTask> tasks, AnnotationSet training)
    {
        AnnotationStatistics labels = training.Statistics;
        bool isHalf = labels.KnownValence == 0 != (labels.KnownArousal == 0);
        return isHalf && tasks.Any(task => task.Name == AffectTaskNames.ValenceArousal) ? labels.KnownValence == 0 ? 0 : 1 : null;
    }

    /// <summary>Whether a set has labels of that half alone, so that it does not judge the task.</summary>
    public static bool IsAll(int? half, AnnotationSet judging) => half is { } one && judging.Statistics is var labels
        && (one == 0 ? labels.KnownArousal : labels.KnownValence) == 0 && labels.KnownValence + labels.KnownArousal > 0;

    /// <summary>The half's name.</summary>
    public static string NameOf(int half) => half == 0 ? "valence" : "arousal";
}
