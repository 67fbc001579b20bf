using SsMfar.Data;
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

    internal static AffectScoreIntervals Score(
        AnnotationSet truth, WeightedRows rows, BootstrapOptions? options, IProgress<int>? progress, CancellationToken cancellationToken) =>
        Run(truth, rows.Score, options ?? new(), progress, cancellationToken);

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
        return Run(truth, Difference, options ?? new(), progress, cancellationToken);

        double[] Difference(ReadOnlySpan<int> counts)
        {
            double[] scores = one(counts);
            double[] others = other(counts);
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] -= others[i];
            }

            return scores;
        }
    }

    private delegate double[] Scorer(ReadOnlySpan<int> counts);

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
        AnnotationSet truth, Scorer score, BootstrapOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        (int[] groupOf, int groups) = GroupRows(truth, options);
        double[][] resamples = new double[options.Resamples][];
        int done = 0;
        Parallel.For(
            0,
            resamples.Length,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => (Drawn: new int[groups], Counts: new int[groupOf.Length]),
            (resample, _, buffers) =>
            {
                ResamplingRandom random = new(options.Seed, resample);
                Array.Clear(buffers.Drawn);
                for (int i = 0; i < groups; i++)
                {
                    buffers.Drawn[random.Next(groups)]++;
                }

                for (int row = 0; row < groupOf.Length; row++)
                {
                    buffers.Counts[row] = buffers.Drawn[groupOf[row]];
                }

                resamples[resample] = score(buffers.Counts);
                progress?.Report(Interlocked.Increment(ref done));
                return buffers;
            },
            _ => { });
        int[] once = new int[groupOf.Length];
        Array.Fill(once, 1);
        double[] values = score(once);
        ScoreVector.LeaveOut(values, LabelledGroups.Of(truth, groupOf));
        return ScoreVector.Intervals(values, resamples, options.Level, groups);
    }

    private static (int[] GroupOf, int Groups) GroupRows(AnnotationSet truth, BootstrapOptions options)
    {
        if (options.GroupBy is not { } groupBy)
        {
            return truth.Count >= 2
                ? ([.. Enumerable.Range(0, truth.Count)], truth.Count)
                : throw new ArgumentException("There is one row, so there is nothing to draw from. Give more rows.", nameof(truth));
        }

        Dictionary<string, int> groups = new(StringComparer.Ordinal);
        int[] groupOf = new int[truth.Count];
        for (int i = 0; i < groupOf.Length; i++)
        {
            string group = groupBy(truth.Columns.Images[i]) ??
                throw new ArgumentException($"The image {truth.Columns.Images[i]} was given a null group.", nameof(options));
            if (!groups.TryGetValue(group, out groupOf[i]))
            {
                groups.Add(group, groupOf[i] = groups.Count);
            }
        }

        return groups.Count >= 2
            ? (groupOf, groups.Count)
            : throw new ArgumentException(
                $"All {truth.Count} rows are in one group, '{groups.Keys.FirstOrDefault()}', so there is nothing to draw from. Group " +
                    "them otherwise, or draw rows.",
                nameof(options));
    }
}
