using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.Benchmarks.Auditing;

/// <summary>
/// Labels of which some were made wrong: expressions turned into any other, units inverted, valence and arousal exchanged.
/// </summary>
internal sealed class FlippedLabels
{
    private readonly HashSet<(ScoredTask Task, int Row, ActionUnit? Unit)> _flipped = [];

    /// <summary>Flips a share of each kind of labels, as many of each as that is, in rows drawn for each kind by itself.</summary>
    public FlippedLabels(AnnotationSet truth, double share, int seed)
    {
        Random random = new(seed);
        AnnotationRow[] rows = [.. truth];
        int classes = truth.ExpressionClasses.Count;
        foreach (int row in Drawn(Enumerable.Range(0, rows.Length).Where(row => rows[row].Expression is not null)))
        {
            rows[row] = rows[row] with { Expression = (rows[row].Expression + 1 + random.Next(classes - 1)) % classes };
            _flipped.Add((ScoredTask.Expression, row, null));
        }

        foreach ((int row, ActionUnit unit) in Drawn(
            from row in Enumerable.Range(0, rows.Length)
            from unit in truth.Units.Units
            where rows[row].ActionUnits[unit] is not null
            select (row, unit)))
        {
            rows[row] = rows[row] with { ActionUnits = rows[row].ActionUnits.With(unit, !rows[row].ActionUnits[unit]) };
            _flipped.Add((ScoredTask.ActionUnits, row, unit));
        }

        // Each takes its neighbour's in the order drawn.
        int[] moved = Drawn(Enumerable.Range(0, rows.Length).Where(row => rows[row].ValenceArousal is not null));
        foreach ((int from, int to) in moved.Zip([.. moved.Skip(1), .. moved.Take(1)]))
        {
            rows[to] = rows[to] with { ValenceArousal = truth[from].ValenceArousal };
            _flipped.Add((ScoredTask.ValenceArousal, to, null));
        }

        Annotations = new(rows, truth.ExpressionClasses, truth.ExtraColumns, truth.TextColumns, truth.Units);

        T[] Drawn<T>(IEnumerable<T> labels)
        {
            T[] all = [.. labels];
            random.Shuffle(all);
            return all[..(int)(share * all.Length)];
        }
    }

    /// <summary>Gets the rows with their labels as they are now.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>The share of the flipped labels of a task that the most doubtful hold, as many of these as a share of its labels.</summary>
    public double Found(LabelAudit audit, ScoredTask task, double share) =>
        Share(audit.Doubtful(task).Take((int)Math.Ceiling(share * audit.Labels(task))), task);

    /// <summary>The share of the flipped labels of a task that are suspect.</summary>
    public double Suspected(LabelAudit audit, ScoredTask task) => Share(audit.Doubtful(task).Where(label => label.IsSuspect), task);

    private double Share(IEnumerable<DoubtfulLabel> listed, ScoredTask task) =>
        listed.Count(label => _flipped.Contains((task, label.Row, label.Unit))) / (double)_flipped.Count(one => one.Task == task);
}
