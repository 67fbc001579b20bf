using System.Collections.Immutable;

namespace SsMfar.Metrics;

/// <summary>How well groups of the annotated rows are read, each beside the rest.</summary>
public sealed class SubgroupReport
{
    internal SubgroupReport()
    {
    }

    /// <summary>Gets the columns that make the groups, in the order in which they were asked for.</summary>
    public ImmutableArray<SubgroupColumn> Columns { get; internal init; } = [];

    /// <summary>Gets the tasks that were predicted and have labels, in which groups with enough of these are compared.</summary>
    public ImmutableArray<ScoredTask> Tasks { get; internal init; } = [];

    /// <summary>Gets the number of gaps that were looked at, which intervals and p-values allow for.</summary>
    public int Comparisons { get; internal init; }

    /// <summary>Gets how often rows were drawn.</summary>
    public int Resamples { get; internal init; }

    /// <summary>Gets the level of the intervals: of the gaps, the share of reports in which all of them hold.</summary>
    public double Level { get; internal init; }

    /// <summary>Gets the p-value up to which a gap is called found.</summary>
    public double FalseAlarmRate { get; internal init; }

    /// <summary>Gets whether any gap was found.</summary>
    public bool AnyFound => Columns.Any(column => column.Groups.Any(group => group.Comparisons.Any(comparison => comparison.IsFound)));
}

/// <summary>The groups that a column of the annotations makes.</summary>
public sealed class SubgroupColumn
{
    internal SubgroupColumn()
    {
    }

    /// <summary>Gets the column's name.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>Gets its groups, the largest first.</summary>
    public ImmutableArray<Subgroup> Groups { get; internal init; } = [];

    /// <summary>Gets the number of rows without a value in the column, which are in no group and in no rest.</summary>
    public int UnknownRows { get; internal init; }

    /// <summary>Gets the groups that were not compared in a task: their labels or the rest's are too few, or all alike.</summary>
    /// <param name="task">The task, one of <see cref="SubgroupReport.Tasks"/>.</param>
    public ImmutableArray<Subgroup> NotCompared(ScoredTask task) => [.. Groups.Where(group => group[task] is null)];

    /// <summary>Gets the group that is furthest below the rest in a task; null where no group was compared in it.</summary>
    /// <param name="task">The task.</param>
    public SubgroupComparison? Worst(ScoredTask task) =>
        Compared(task).FirstOrDefault();

    /// <summary>
    /// Gets the groups to tell of in a task, the furthest below the rest first: those that were found, and <see cref="Worst"/>, which a
    /// small group may be by chance.
    /// </summary>
    /// <param name="task">The task.</param>
    public ImmutableArray<SubgroupComparison> Notable(ScoredTask task) =>
        [.. Compared(task).Where((comparison, i) => i == 0 || comparison.IsFound)];

    private IEnumerable<SubgroupComparison> Compared(ScoredTask task) => Groups.Select(group => group[task])
        .OfType<SubgroupComparison>().OrderByDescending(comparison => comparison.Gap.Value);
}

/// <summary>Rows that say the same in a column.</summary>
public sealed class Subgroup
{
    internal Subgroup()
    {
    }

    /// <summary>Gets what they say; of a column of many numbers, the range, such as <c>18 to 29</c>.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>Gets the number of rows.</summary>
    public int Rows { get; internal init; }

    /// <summary>Gets the tasks in which the group was compared with the rest; those with too few labels are not among them.</summary>
    public ImmutableArray<SubgroupComparison> Comparisons { get; internal init; } = [];

    /// <summary>Gets the comparison in a task; null where labels are too few, or all alike.</summary>
    /// <param name="task">The task.</param>
    public SubgroupComparison? this[ScoredTask task] => Comparisons.FirstOrDefault(comparison => comparison.Task == task);
}

/// <summary>A group beside the rest of the rows, in one task.</summary>
public sealed class SubgroupComparison
{
    internal SubgroupComparison()
    {
    }

    /// <summary>Gets the group's name.</summary>
    public string Group { get; internal init; } = "";

    /// <summary>Gets the task.</summary>
    public ScoredTask Task { get; internal init; }

    /// <summary>Gets the number of the group's rows with a label of the task.</summary>
    public int Labels { get; internal init; }

    /// <summary>
    /// Gets how many classes or units enter F1: those that group and rest both have enough of; of valence and arousal, 2, or 1 where one
    /// of them alone has enough labels in both.
    /// </summary>
    public int Parts { get; internal init; }

    /// <summary>Gets the group's score with an interval of its own: F1, or CCC.</summary>
    public ScoreInterval Score { get; internal init; }

    /// <summary>Gets the score of the rest, over the same classes or units.</summary>
    public double Rest { get; internal init; }

    /// <summary>
    /// Gets the rest's score less the group's, above 0 where the group is read worse. The interval allows for all gaps looked at: all of
    /// them hold together with the report's level.
    /// </summary>
    public ScoreInterval Gap { get; internal init; }

    /// <summary>
    /// Gets how likely a gap as large as this, of any of those looked at, is where all groups are read equally well; in (0, 1].
    /// </summary>
    public double P { get; internal init; }

    /// <summary>
    /// Gets whether the group is read worse or better than chance explains: <see cref="P"/> is at most
    /// <see cref="SubgroupReport.FalseAlarmRate"/>.
    /// </summary>
    public bool IsFound { get; internal init; }
}
