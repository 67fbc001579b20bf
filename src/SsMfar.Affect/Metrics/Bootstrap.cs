using SsMfar.Data;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Metrics;

/// <summary>
/// How sure a score is: the percentile bootstrap (Efron, 1979). Rows, or whole groups of them, are drawn with replacement as often as there
/// are, the challenge's scores are computed of what was drawn, and the middle share of many such scores is the interval.
/// </summary>
/// <remarks>
/// A class or unit that a resample happens to lack scores 0 there, as in the challenge's metric: intervals of rare ones, and of the means
/// that they enter, reach low. A score that a resample does not define at all is left out of its interval. A score whose labels are all in
/// one group has no interval, since no draw would change it.
/// </remarks>
public static class Bootstrap
{
    /// <summary>The scores of predictions with their confidence intervals.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">One row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">
    /// The class sets differ, an option is out of range, or there are fewer than two rows, or groups by
    /// <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectScoreIntervals Score(
        AnnotationSet truth,
        Submission predictions,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        return Score(truth, new WeightedRows(truth, predictions), options, progress, cancellationToken);
    }

    /// <summary>
    /// The mean scores of several runs, such as those of other seeds, with their confidence intervals; runs are not drawn.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="runs">One or more; each has one row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">There is no run; or as for a single one.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectScoreIntervals Score(
        AnnotationSet truth,
        IReadOnlyCollection<Submission> runs,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        return Run(
            truth, truth.Units.Common(ActionUnitSet.AffWild2) ?? truth.Units, Mean(truth, runs, nameof(runs)), options ?? new(), progress,
            cancellationToken);
    }

    /// <summary>The scores of what a model reads with their confidence intervals.</summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="predictions">A prediction for each row, in order, of one model.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many predictions as rows, they are of other classes than the labels or differ in their tasks, an option is out of
    /// range, or there are fewer than two rows, or groups by <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectScoreIntervals Score(
        AnnotationSet truth,
        IReadOnlyList<AffectPrediction> predictions,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default) =>
        Score(truth, Rows(truth, predictions), options, progress, cancellationToken);

    /// <summary>
    /// The differences of the scores of what two models read, first less second, with their confidence intervals, by a paired bootstrap;
    /// of the action units that both have, and of none where they share none.
    /// </summary>
    /// <param name="truth">The labels: N rows.</param>
    /// <param name="first">A prediction for each row, in order, of one model.</param>
    /// <param name="second">As <paramref name="first"/>.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="ArgumentException">As for the scores of one.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectScoreIntervals Compare(
        AnnotationSet truth,
        IReadOnlyList<AffectPrediction> first,
        IReadOnlyList<AffectPrediction> second,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default) =>
        Compare(truth, Rows(truth, first), Rows(truth, second), options ?? new(), cancellationToken, progress);

    private static WeightedRows Rows(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        return predictions.Count == truth.Count
            ? new(truth, predictions)
            : throw new ArgumentException($"There are {predictions.Count} predictions for {truth.Count} rows.", nameof(predictions));
    }

    /// <summary>The differences of two predictions' scores, row for row those of the labels.</summary>
    internal static AffectScoreIntervals Compare(
        AnnotationSet truth, WeightedRows first, WeightedRows second, BootstrapOptions options, CancellationToken cancellationToken,
        IProgress<int>? progress = null)
    {
        (WeightedRows one, WeightedRows other) = (first.SharedWith(second), second.SharedWith(first));
        return Run(
            truth, one.Units, counts => Difference(one.Score(counts), other.Score(counts)), options, progress, cancellationToken);
    }

    internal static AffectScoreIntervals Score(
        AnnotationSet truth, WeightedRows rows, BootstrapOptions? options, IProgress<int>? progress, CancellationToken cancellationToken) =>
        Run(truth, rows.Units, rows.Score, options ?? new(), progress, cancellationToken);

    /// <summary>
    /// The differences of two predictions' scores, first less second, with their confidence intervals: the paired bootstrap, in which both
    /// are scored on the same draw, so that what makes a draw easy or hard for both cancels.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="first">One row for each image of <paramref name="truth"/>, in any order, and no other.</param>
    /// <param name="second">As <paramref name="first"/>.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">
    /// The class sets differ, an option is out of range, or there are fewer than two rows, or groups by
    /// <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectScoreIntervals Compare(
        AnnotationSet truth,
        Submission first,
        Submission second,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Compare(truth, [first], [second], options, progress, cancellationToken);
    }

    /// <summary>
    /// The difference of the mean scores of two sets of runs, first less second, with its confidence interval: the paired bootstrap, in
    /// which every run is scored on the same draw. The interval tells how much other images would change the difference of these very runs;
    /// how much other seeds would, the spread over the runs tells.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="first">The predictions of each run, such as one of each seed; each as for the other overload.</param>
    /// <param name="second">As <paramref name="first"/>; their number may differ.</param>
    /// <param name="options">How to resample; the defaults when null.</param>
    /// <param name="progress">Told the number of resamples done, from several threads.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <exception cref="SubmissionMismatchException">Names are missing, extra or repeated.</exception>
    /// <exception cref="ArgumentException">
    /// A set of runs is empty, the class sets differ, an option is out of range, or there are fewer than two rows, or groups by
    /// <see cref="BootstrapOptions.GroupBy"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AffectScoreIntervals Compare(
        AnnotationSet truth,
        IReadOnlyCollection<Submission> first,
        IReadOnlyCollection<Submission> second,
        BootstrapOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(truth);
        Scorer one = Mean(truth, first, nameof(first));
        Scorer other = Mean(truth, second, nameof(second));
        return Run(
            truth, truth.Units.Common(ActionUnitSet.AffWild2) ?? truth.Units, counts => Difference(one(counts), other(counts)),
            options ?? new(), progress, cancellationToken);
    }

    private static double[] Difference(double[] scores, double[] others)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] -= others[i];
        }

        return scores;
    }

    private static Scorer Mean(AnnotationSet truth, IReadOnlyCollection<Submission> runs, string parameter)
    {
        ArgumentNullException.ThrowIfNull(runs, parameter);
        WeightedRows[] rows = runs.Count > 0
            ? [.. runs.Select(run => new WeightedRows(truth, run))]
            : throw new ArgumentException("There is no run to compare.", parameter);
        return counts =>
        {
            double[] sums = rows[0].Score(counts);
            for (int run = 1; run < rows.Length; run++)
            {
                double[] scores = rows[run].Score(counts);
                for (int i = 0; i < sums.Length; i++)
                {
                    sums[i] += scores[i];
                }
            }

            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] /= rows.Length;
            }

            return sums;
        };
    }

    private static AffectScoreIntervals Run(
        AnnotationSet truth, ActionUnitSet units, Scorer score, BootstrapOptions options, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        GroupDraws draws = GroupDraws.Of(truth, options);
        double[][] resamples = draws.Score(score, options, progress, cancellationToken);
        double[] values = draws.Once(score);
        ScoreVector.KeepMeansOfBoth(values, resamples);
        ScoreVector.LeaveOut(values, LabelledGroups.Of(truth, draws.GroupOf, units), units);
        return ScoreVector.Intervals(values, resamples, options.Level, draws.Groups, units);
    }
}
