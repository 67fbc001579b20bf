using SsMfar.Data;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>Describes a run by the parts that it was given.</summary>
internal static class StartedRun
{
    private const string Weak = "WeakView";
    private const string Strong = "StrongView";

    /// <summary>What a trainer's run was started with; of two sets of the same rows it says the same.</summary>
    public static RunDescription Describe(
        TrainingParts parts,
        MultiTaskModel model,
        ComputePrecision precision,
        MultiTaskObjective objective,
        ISampler sampler,
        TrainingViews views)
    {
        TrainerConfiguration configuration = parts.Configuration;
        RunDescription all = RunDescription.Of(
            configuration.Options,
            [
                new("Recipe", configuration.Recipe.Name),
                new("Variant", configuration.Variant.Name),
                new("Backbone", configuration.Backbone.Name),
                .. OfWeights(configuration.Pretrained),
                new("StartModel", configuration.Start?.Fingerprint() ?? "none"),
                new(RunDescription.PrecisionName, precision.ToString()),
                .. model.Architecture.Heads.Select(head => KeyValuePair.Create($"Head.{head.Task}", head.Head.ToString())),
                .. objective.Losses.Select(loss => KeyValuePair.Create($"Loss.{loss.Task}", PartName(loss.Loss.GetType()))),
                .. OfGivenTasks(parts, parts.Context(model.Backbone.FeatureWidth)),
                new("TaskBalancing", PartName(configuration.Balancing is null ? null : objective.Balancing.GetType())),
                .. objective.Policies.Select(policy => KeyValuePair.Create(
                    $"Policy.{policy.Key}",
                    PartName(configuration.Policies.ContainsKey(policy.Key) ? Given(configuration, policy.Value).GetType() : null))),
                new("MonitoredScore", configuration.Score == ModelEvaluation.SumOfPrimaries ? "none" : "given"),
                new("Sampler", PartName(configuration.Sampler is null ? null : sampler.GetType())),
                new(Weak, PartName(configuration.WeakView is null ? null : views.Weak.GetType())),
                new(Strong, PartName(configuration.StrongView is null ? null : views.Strong.GetType())),
                .. OfFeatures(parts),
                new("TrainingSet", RunDescription.Fingerprint(parts.Training.Annotations)),
                new("ValidationSet", parts.Validation is { } validation ? RunDescription.Fingerprint(validation.Annotations) : "none"),
            ]);

        // How the work is spread is no part of what is learned: a run goes on with any number of ranks.
        return new(all.Entries.RemoveRange(all.Entries.Keys.Where(name =>
            name.StartsWith($"{nameof(TrainingOptions.Distributed)}.", StringComparison.Ordinal))));
    }

    /// <summary>
    /// What the augmented views of a run's features follow from: its seed, what makes them, and the images, since a batch is drawn at once.
    /// </summary>
    public static string ViewsOf(TrainingRun run)
    {
        AnnotationSet images = new(run.Training.Annotations.Select(
            row => new AnnotationRow(row.Image, null, null, ActionUnitLabels.Unknown)));
        return string.Join(", ",
        [
            .. new[] { nameof(TrainingOptions.Seed), nameof(TrainingOptions.Views), Weak, Strong }
                .Select(name => $"{name} {run.Description.Entries[name].Trim('"')}"),
            RunDescription.Fingerprint(images),
        ]);
    }

    // A run that goes on needs the file no more: where it is gone, its name tells.
    private static IEnumerable<KeyValuePair<string, string>> OfWeights(PretrainedWeights? weights)
    {
        yield return new(RunDescription.PretrainedName, weights?.Describe() ?? "none");
        if (weights is not null && File.Exists(weights.Path))
        {
            yield return new(RunDescription.PretrainedContentName, $"{RunDescription.ContentOf(weights.Path)} ({weights.DescribeInput()})");
        }
    }

    // Of features that were computed before, where any were drawn; the backbone's weights are compared by themselves.
    private static IEnumerable<KeyValuePair<string, string>> OfFeatures(TrainingParts parts) =>
        parts.Training.Features is { } features &&
        parts.Options is { FrozenFeatures: { } options, SemiSupervision.Mode: var mode } &&
        (options.WeakViews > 0 || (options.StrongViews > 0 && mode != SemiSupervisionMode.None))
            ? [new("Features", features.DrawnFrom)]
            : [];

    // How a task is judged, and what of, decides which epoch is the best. Only where it is given, so that runs without are known as before.
    private static IEnumerable<KeyValuePair<string, string>> OfGivenTasks(TrainingParts parts, TaskContext context)
    {
        foreach (AffectTask task in parts.Tasks)
        {
            bool isAdded = parts.Configuration.AddedTasks.Any(added => added.Name == task.Name);
            if (isAdded || parts.Configuration.TasksWithOwnMetric.Contains(task.Name))
            {
                yield return new($"Metric.{task.Name}", PartName(task.Metric(context).GetType()));
            }

            if (isAdded)
            {
                string column = task.Labels is ColumnLabels labels ? $"({labels.Column})" : "";
                yield return new($"Labels.{task.Name}", PartName(task.Labels.GetType()) + column);
            }
        }
    }

    // Without the alignment that the options put around it, which is an entry of its own.
    private static IPseudoLabelPolicy Given(TrainerConfiguration configuration, IPseudoLabelPolicy policy) =>
        policy is AlignedPolicy aligned && configuration.Options.SemiSupervision.Alignment.Target != AlignmentTarget.None ?
            aligned.Policy :
            policy;

    private static string PartName(Type? part) => part?.FullName ?? "by the options";
}
