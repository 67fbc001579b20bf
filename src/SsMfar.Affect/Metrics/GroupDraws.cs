using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>Scores, as numbers side by side, of a set in which row i occurs <paramref name="counts"/>[i] times.</summary>
internal delegate double[] Scorer(ReadOnlySpan<int> counts);

/// <summary>Rows, or groups of them, that are drawn with replacement as often as there are.</summary>
/// <param name="GroupOf">The group of each row.</param>
/// <param name="Groups">How many there are.</param>
internal sealed record GroupDraws(int[] GroupOf, int Groups)
{
    /// <exception cref="ArgumentException">An option is out of range, or there are fewer than two rows or groups.</exception>
    public static GroupDraws Of(AnnotationSet truth, BootstrapOptions options)
    {
        options.Validate();
        if (options.GroupBy is not { } groupBy)
        {
            return truth.Count >= 2
                ? new([.. Enumerable.Range(0, truth.Count)], truth.Count)
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
            ? new(groupOf, groups.Count)
            : throw new ArgumentException(
                $"All {truth.Count} rows are in one group, '{groups.Keys.FirstOrDefault()}', so there is nothing to draw from. Group " +
                    "them otherwise, or draw rows.",
                nameof(options));
    }

    /// <summary>The scores of all rows, each counted once.</summary>
    public double[] Once(Scorer score)
    {
        int[] once = new int[GroupOf.Length];
        Array.Fill(once, 1);
        return score(once);
    }

    /// <summary>The scores of each draw, on several threads; the same whatever their number.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public double[][] Score(Scorer score, BootstrapOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        double[][] resamples = new double[options.Resamples][];
        int done = 0;
        Parallel.For(
            0,
            resamples.Length,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => (Drawn: new int[Groups], Counts: new int[GroupOf.Length]),
            (resample, _, buffers) =>
            {
                ResamplingRandom random = new(options.Seed, resample);
                Array.Clear(buffers.Drawn);
                for (int i = 0; i < Groups; i++)
                {
                    buffers.Drawn[random.Next(Groups)]++;
                }

                for (int row = 0; row < GroupOf.Length; row++)
                {
                    buffers.Counts[row] = buffers.Drawn[GroupOf[row]];
                }

                resamples[resample] = score(buffers.Counts);
                progress?.Report(Interlocked.Increment(ref done));
                return buffers;
            },
            _ => { });
        return resamples;
    }
}
