using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Submissions;

namespace SsMfar.Metrics;

/// <summary>
/// Whether predictions are not worse than earlier ones of the same rows: a gate before a model replaces another. Each task is judged by
/// itself, since a gain in one does not make up for a loss in another.
/// </summary>
public static class ScoreGate
{
    // Files round valence and arousal, so that the same predictions differ by so much once written and read back.
    private const double Rounding = 1e-6;

    /// <summary>
    /// Compares each task's score with that of earlier predictions. A task is worse where its score is lower by more than
    /// <paramref name="margin"/>, or where the interval of the difference, by the paired bootstrap, lies wholly below 0.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">One row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="earlier">As <paramref name="predictions"/>, those that must be reached.</param>
    /// <param name="margin">How much lower a score may be, 0 or more.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <returns>The tasks that both predict and that rows have labels of; others are left out.</returns>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">
    /// The class sets differ, <paramref name="margin"/> is negative or not a number, an option is out of range, or there are fewer than two
    /// rows, or groups by <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ScoreGateResult Compare(
        AnnotationSet truth,
        Submission predictions,
        Submission earlier,
        double margin,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (!(margin >= 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"The margin is {margin}; it is 0 or more."), nameof(margin));
        }

        AffectScores now = AffectScorer.Score(truth, predictions), before = AffectScorer.Score(truth, earlier);
        AffectScoreIntervals differences = Bootstrap.Compare(truth, predictions, earlier, options, progress, cancellationToken);
        (ScoredTask Task, double? Now, double? Before, ScoreInterval? Difference)[] tasks =
        [
            (ScoredTask.Expression, now.Expression?.MacroF1, before.Expression?.MacroF1, differences.ExpressionMacroF1),
            (ScoredTask.ActionUnits, now.ActionUnits?.MeanF1, before.ActionUnits?.MeanF1, differences.ActionUnitMeanF1),
            (ScoredTask.ValenceArousal, now.ValenceArousal?.Mean, before.ValenceArousal?.Mean, differences.ValenceArousalMean),
        ];
        return new()
        {
            Margin = margin,
            Level = differences.Level,
            Tasks =
            [
                .. tasks.Where(task => task is { Now: not null, Before: not null }).Select(task => new ScoreGateTask
                {
                    Task = task.Task,
                    Score = task.Now!.Value,
                    Earlier = task.Before!.Value,
                    Difference = task.Difference,
                    IsWorse = task.Now.Value - task.Before.Value < -margin - Rounding || task.Difference is { High: < -Rounding },
                }),
            ],
            LeftOut = [.. tasks.Where(task => task.Now is null != task.Before is null).Select(task => task.Task)],
        };
    }
}

/// <summary>What <see cref="ScoreGate"/> found.</summary>
public sealed class ScoreGateResult
{
    internal ScoreGateResult()
    {
    }

    /// <summary>Gets the tasks that were compared.</summary>
    public ImmutableArray<ScoreGateTask> Tasks { get; internal init; } = [];

    /// <summary>Gets the tasks that one side alone has a score of, which are not compared.</summary>
    public ImmutableArray<ScoredTask> LeftOut { get; internal init; } = [];

    /// <summary>Gets how much lower a score may be.</summary>
    public double Margin { get; internal init; }

    /// <summary>Gets the level of the intervals.</summary>
    public double Level { get; internal init; }

    /// <summary>Gets whether any task is worse.</summary>
    public bool IsWorse => Tasks.Any(task => task.IsWorse);
}

/// <summary>A task before and now.</summary>
public sealed class ScoreGateTask
{
    internal ScoreGateTask()
    {
    }

    /// <summary>Gets the task.</summary>
    public ScoredTask Task { get; internal init; }

    /// <summary>Gets the score now.</summary>
    public double Score { get; internal init; }

    /// <summary>Gets the score of the earlier predictions.</summary>
    public double Earlier { get; internal init; }

    /// <summary>
    /// Gets <see cref="Score"/> less <see cref="Earlier"/> with its interval; null where all labels are in one drawn group, so that no draw
    /// would change it.
    /// </summary>
    public ScoreInterval? Difference { get; internal init; }

    /// <summary>Gets whether it is worse: lower by more than the margin, or surely lower.</summary>
    public bool IsWorse { get; internal init; }
}
