using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Which labels are doubtful, by predictions of models that did not learn from them and by the other labels of the same row. A class or
/// unit is doubted as much as it is improbable. Its probability comes from a logistic regression, fitted on other rows, of what the
/// predictions say of all tasks and of the row's labels of the other tasks and units: it calibrates the predictions, and knows that a smile
/// with raised cheeks is rarely labelled anger. Suspects are found in these probabilities by confident learning (Northcutt, Jiang and
/// Chuang, 2021). Valence and arousal are judged by how far they lie from what a linear regression of the same expects, in robust
/// deviations.
/// </summary>
/// <remarks>
/// Predictions must be of rows that their model did not learn from, as by cross-fitting (<see cref="AnnotationSet.Folds"/>): a model that
/// learned a wrong label believes it.
/// </remarks>
public sealed class LabelAudit
{
    private LabelAudit(AnnotationSet truth, AuditedTask expression, AuditedTask units, AuditedTask affect)
    {
        Annotations = truth;
        (Expressions, ActionUnits, ValenceArousal) = (expression.Doubtful, units.Doubtful, affect.Doubtful);
        Counts = [expression.Labels, units.Labels, affect.Labels];
    }

    /// <summary>Gets the annotations that were audited.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the doubtful expressions, the most doubtful first: the share that was asked for, and all that are suspect.</summary>
    public ImmutableArray<DoubtfulLabel> Expressions { get; }

    /// <summary>Gets the doubtful action units, each label of a unit by itself, likewise.</summary>
    public ImmutableArray<DoubtfulLabel> ActionUnits { get; }

    /// <summary>Gets the doubtful labels of valence and arousal, those of a row together, likewise.</summary>
    public ImmutableArray<DoubtfulLabel> ValenceArousal { get; }

    private ImmutableArray<int> Counts { get; }

    /// <summary>Ranks labels.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="outOfFold">A prediction for each row, in order, of a model that did not learn from the row.</param>
    /// <param name="share">The share of a task's labels to list, in (0, 1].</param>
    /// <exception cref="ArgumentException">There are not as many predictions as rows, or they have other classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not in (0, 1].</exception>
    public static LabelAudit Of(AnnotationSet truth, IReadOnlyList<AffectPrediction> outOfFold, double share = 0.1) =>
        Of(truth, outOfFold, share, AuditRule.Evidence);

    /// <summary>Ranks labels by a rule.</summary>
    internal static LabelAudit Of(AnnotationSet truth, IReadOnlyList<AffectPrediction> outOfFold, double share, AuditRule rule)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(outOfFold);
        if (!(share is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share is above 0 and at most 1.");
        }

        RequireFit(truth, outOfFold, nameof(outOfFold));
        LabelEvidence? evidence = rule == AuditRule.Evidence ? new(truth, outOfFold) : null;
        ClassAudit classes = new(truth, outOfFold, evidence, rule);
        return new(
            truth, classes.Expressions().Most(share), classes.Units().Most(share), AffectAudit.Of(truth, outOfFold, evidence).Most(share));
    }

    /// <summary>
    /// Ranks labels by the mean of several predictions of each row, as of cross-fitting with rows parted anew: what one model gets wrong by
    /// chance, others do not.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="repeats">Of each repeat a prediction for each row, in order; at least one repeat.</param>
    /// <param name="share">The share of a task's labels to list, in (0, 1].</param>
    /// <exception cref="ArgumentException">There is no repeat, or one does not fit the labels or the others.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not in (0, 1].</exception>
    public static LabelAudit OfRepeats(
        AnnotationSet truth, IReadOnlyList<IReadOnlyList<AffectPrediction>> repeats, double share = 0.1)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(repeats);
        if (repeats.Count == 0)
        {
            throw new ArgumentException("There is no repeat.", nameof(repeats));
        }

        foreach (IReadOnlyList<AffectPrediction> predictions in repeats)
        {
            RequireFit(truth, predictions, nameof(repeats));
        }

        if (repeats.Count == 1)
        {
            return Of(truth, repeats[0], share);
        }

        return Enumerable.Range(0, truth.Count).FirstOrDefault(row => repeats.Any(one => !HaveSameTasks(one[row], repeats[0][row])), -1)
            is >= 0 and var other
            ? throw new ArgumentException(
                $"The repeats' predictions of row {other}, {truth.Columns.Images[other]}, have different tasks.", nameof(repeats))
            : Of(truth, [.. Enumerable.Range(0, truth.Count).Select(Mean)], share);

        AffectPrediction Mean(int row) => PredictionMean.Of([.. repeats.Select(one => one[row])]);
    }

    private static bool HaveSameTasks(AffectPrediction one, AffectPrediction other) =>
        one.Expression is null == other.Expression is null && one.ValenceArousal is null == other.ValenceArousal is null &&
        Equals(one.ActionUnits?.Units, other.ActionUnits?.Units) &&
        Equals(one.ActionUnitIntensities?.Units, other.ActionUnitIntensities?.Units);

    private static void RequireFit(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions, string parameter)
    {
        if (predictions.Count != truth.Count)
        {
            throw new ArgumentException($"There are {predictions.Count} predictions for {truth.Count} rows.", parameter);
        }

        if (predictions.FirstOrDefault(prediction => prediction.Expression is { } read && !read.Classes.Equals(truth.ExpressionClasses)) is
            { } other)
        {
            throw new ArgumentException(
                $"The labels have the classes {truth.ExpressionClasses}, the predictions {other.Expression!.Classes}.", parameter);
        }
    }

    /// <summary>The number of labels of a task that were audited.</summary>
    /// <param name="task">The task.</param>
    public int Labels(ScoredTask task) => Counts[(int)task];

    /// <summary>The doubtful labels of a task.</summary>
    /// <param name="task">The task.</param>
    public ImmutableArray<DoubtfulLabel> Doubtful(ScoredTask task) => task switch
    {
        ScoredTask.Expression => Expressions,
        ScoredTask.ActionUnits => ActionUnits,
        _ => ValenceArousal,
    };

    /// <summary>
    /// The same rows without the labels that are suspect: unknown, as which training takes them for unlabelled. Other labels of the same
    /// rows stay.
    /// </summary>
    public AnnotationSet WithoutSuspects() => WithoutSuspects(Annotations);

    /// <summary>
    /// The rows of a set that the audited ones are some of, without the labels that are suspect; rows that were not audited stay as they
    /// are.
    /// </summary>
    /// <param name="all">The set: all audited rows by their images, in their order, and others among them.</param>
    /// <exception cref="ArgumentException">An audited row is not in the set, or in another order.</exception>
    public AnnotationSet WithoutSuspects(AnnotationSet all)
    {
        ArgumentNullException.ThrowIfNull(all);
        ILookup<int, DoubtfulLabel> suspects = Expressions.Concat(ActionUnits).Concat(ValenceArousal).Where(label => label.IsSuspect)
            .ToLookup(label => label.Row);
        List<AnnotationRow> rows = new(all.Count);
        int audited = 0;
        foreach (AnnotationRow row in all)
        {
            bool isAudited = audited < Annotations.Count && Annotations[audited].Image == row.Image;
            rows.Add(isAudited ? suspects[audited].Aggregate(row, Without) : row);
            audited += isAudited ? 1 : 0;
        }

        return audited == Annotations.Count
            ? new(rows, all.ExpressionClasses, all.ExtraColumns, all.TextColumns, all.Units)
            : throw new ArgumentException(
                $"The audited row of '{Annotations[audited].Image}' is not in the set, in the audit's order.", nameof(all));
    }

    private static AnnotationRow Without(AnnotationRow row, DoubtfulLabel label) => label.Task switch
    {
        ScoredTask.Expression => row with { Expression = null },
        ScoredTask.ActionUnits => row with { ActionUnits = row.ActionUnits.With(label.Unit!.Value, null) },
        _ => row with { ValenceArousal = null },
    };
}

/// <summary>A task's labels, each with its doubt.</summary>
/// <param name="Labels">How many there are.</param>
/// <param name="Doubtful">Those that are listed.</param>
internal sealed record AuditedTask(int Labels, ImmutableArray<DoubtfulLabel> Doubtful)
{
    /// <summary>The most doubtful, and all that are suspect, in order of doubt.</summary>
    public AuditedTask Most(double share)
    {
        int count = (int)Math.Ceiling(share * Labels);
        DoubtfulLabel[] ranked =
            [.. Doubtful.OrderByDescending(label => label.Doubt).ThenBy(label => label.Row).ThenBy(label => label.Unit)];
        return this with { Doubtful = [.. ranked.Where((label, rank) => rank < count || label.IsSuspect)] };
    }
}
