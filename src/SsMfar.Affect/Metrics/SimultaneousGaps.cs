namespace SsMfar.Metrics;

/// <summary>A group that is compared with the rest in a task.</summary>
/// <param name="Column">The column, by its place among those asked for.</param>
/// <param name="Group">The group in the column.</param>
/// <param name="Task">The task.</param>
/// <param name="Labels">The group's rows with a label of it.</param>
/// <param name="Parts">The classes, units, or sides (valence 0, arousal 1) that are compared.</param>
internal sealed record PlannedComparison(int Column, int Group, ScoredTask Task, int Labels, int[] Parts)
{
    /// <summary>The group's score and the rest's.</summary>
    public double[] Score(SubgroupTally tally) => Task switch
    {
        ScoredTask.Expression => [tally.ExpressionF1(Group, rest: false, Parts), tally.ExpressionF1(Group, rest: true, Parts)],
        ScoredTask.ActionUnits => [tally.UnitF1(Group, rest: false, Parts), tally.UnitF1(Group, rest: true, Parts)],
        _ => [tally.Concordance(Group, rest: false, Parts), tally.Concordance(Group, rest: true, Parts)],
    };
}

/// <summary>
/// Gaps between two scores each, and what resamples say of all of them together: each deviates from its value by so many of its own
/// standard errors, and the largest of these deviations tells how far chance carries the largest of as many gaps.
/// </summary>
internal sealed class SimultaneousGaps
{
    private readonly double[] _values;
    private readonly double[][] _resamples;
    private readonly double[] _errors;
    private readonly double[] _largest;
    private readonly double _level;

    private SimultaneousGaps(double[] values, double[][] resamples, double[] errors, double[] largest, double level) =>
        (_values, _resamples, _errors, _largest, _level) = (values, resamples, errors, largest, level);

    /// <param name="values">Of each gap the two scores of all rows: the group's, then the rest's.</param>
    /// <param name="resamples">The same of each resample; NaN where it does not define one.</param>
    /// <param name="level">The level of the intervals.</param>
    public static SimultaneousGaps Of(double[] values, double[][] resamples, double level)
    {
        int count = values.Length / 2;
        double[] errors = [.. Enumerable.Range(0, count).Select(gap => Error(resamples, gap))];
        double[] largest =
        [
            .. resamples.Select(scores => Enumerable.Range(0, count)
                .Where(gap => errors[gap] > 0 && !double.IsNaN(Gap(scores, gap)))
                .Select(gap => Math.Abs(Gap(scores, gap) - Gap(values, gap)) / errors[gap])
                .DefaultIfEmpty().Max()).Order(),
        ];
        return new(values, resamples, errors, largest, level);
    }

    /// <summary>A comparison with its numbers; null where a score is not defined.</summary>
    public SubgroupComparison? Comparison(PlannedComparison planned, SubgroupLabels column, int index, SubgroupOptions options)
    {
        double gap = Gap(_values, index);
        if (double.IsNaN(gap) || ScoreVector.Interval(_values[2 * index], _resamples, 2 * index, _level) is not { } score)
        {
            return null;
        }

        double reach = _errors[index] * ScoreVector.Quantile(_largest, _level);
        double p = _errors[index] > 0 ? Exceeding(Math.Abs(gap) / _errors[index]) : 1;
        return new()
        {
            Group = column.Names[planned.Group],
            Task = planned.Task,
            Labels = planned.Labels,
            Parts = planned.Parts.Length,
            Score = score,
            Rest = _values[(2 * index) + 1],
            Gap = new(gap, gap - reach, gap + reach),
            P = p,
            IsFound = p <= options.FalseAlarmRate,
        };
    }

    // With the observed one among the resamples, so that it is never 0.
    private double Exceeding(double deviation) => (1.0 + _largest.Count(other => other >= deviation)) / (_largest.Length + 1);

    private static double Gap(double[] scores, int gap) => scores[(2 * gap) + 1] - scores[2 * gap];

    private static double Error(double[][] resamples, int gap)
    {
        double[] defined = [.. resamples.Select(scores => Gap(scores, gap)).Where(value => !double.IsNaN(value))];
        if (defined.Length < 2)
        {
            return 0;
        }

        double mean = defined.Average();
        return Math.Sqrt(defined.Sum(value => (value - mean) * (value - mean)) / (defined.Length - 1));
    }
}
