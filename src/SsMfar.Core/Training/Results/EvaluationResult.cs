using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;

namespace SsMfar.Training;

/// <summary>The scores of a model on a labelled set.</summary>
/// <param name="score">The monitored score; null where undefined.</param>
/// <param name="tasks">Each task's score, by name.</param>
/// <param name="affect">The scores of the built-in tasks; null stands for none.</param>
public sealed class EvaluationResult(double? score, ImmutableSortedDictionary<string, TaskScore> tasks, AffectScores? affect = null)
{
    /// <summary>Gets the result where there is nothing to judge on.</summary>
    internal static EvaluationResult None { get; } = new(null, ImmutableSortedDictionary<string, TaskScore>.Empty);

    /// <summary>
    /// Gets the monitored score: P_MTL with the three tasks of SS-MFAR, else the sum of the tasks' primary values, without tasks that no
    /// row is labelled for; null where undefined.
    /// </summary>
    public double? Score { get; } = score;

    /// <summary>
    /// Gets the scores of expression, action units, valence and arousal, and intensities; each is null where the model lacks the task, no
    /// row has a label of it, or its metric was replaced by one that reports other values.
    /// </summary>
    public AffectScores Affect { get; } = affect ?? new(null, null, null);

    /// <summary>Gets each task's score, custom tasks included, by name; empty without a validation set.</summary>
    public ImmutableSortedDictionary<string, TaskScore> Tasks { get; } = tasks;

    /// <summary>The scores of an evaluation in which the built-in tasks report the values of the built-in metrics.</summary>
    internal static EvaluationResult Of(
        double? score, ImmutableSortedDictionary<string, TaskScore> tasks, ExpressionClassSet classes, ActionUnitSet judged,
        ActionUnitSet? intensityUnits)
    {
        return new(score, tasks, new(
            Values(AffectTaskNames.Expression, ["macroF1", .. classes.Names.Select(name => $"f1.{name}")]) is { } expression
                ? new(expression[0], expression[1..])
                : null,
            Values(AffectTaskNames.ActionUnits, ["meanF1", .. judged.Names.Select(name => $"f1.{name}")]) is { } units
                ? new(units[0], units[1..], judged)
                : null,
            (Value(AffectTaskNames.ValenceArousal, "ccc.valence"), Value(AffectTaskNames.ValenceArousal, "ccc.arousal")) switch
            {
                (null, null) => null,
                (var valence, var arousal) => new(valence, arousal),
            },
            intensityUnits is not null && Value(AffectTaskNames.ActionUnitIntensity, "meanIcc") is not null
                ? new(Each("icc"), Each("pcc"), Each("mae"), intensityUnits)
                : null));

        ImmutableArray<double?> Each(string score) =>
            [.. intensityUnits.Names.Select(name => Value(AffectTaskNames.ActionUnitIntensity, $"{score}.{name}"))];

        double? Value(string task, string name) => tasks.GetValueOrDefault(task)?.Values.GetValueOrDefault(name);

        ImmutableArray<double>? Values(string task, string[] names) =>
            tasks.GetValueOrDefault(task) is { } found && names.All(name => found.Values.GetValueOrDefault(name) is not null)
                ? [.. names.Select(name => found.Values[name]!.Value)]
                : null;
    }
}
