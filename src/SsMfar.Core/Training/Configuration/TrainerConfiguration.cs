using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>What a builder froze: options and parts.</summary>
internal sealed record TrainerConfiguration
{
    public required TrainingOptions Options { get; init; }

    /// <summary>Gets the options of recipe and variant alone, before the user's changes.</summary>
    public required TrainingOptions Unchanged { get; init; }

    /// <summary>Gets whether options that were changed without effect are no fault.</summary>
    public required bool AllowUnusedOptions { get; init; }

    public required TrainingRecipe Recipe { get; init; }

    public required SsMfarVariant Variant { get; init; }

    public required BackboneFactory Backbone { get; init; }

    public required PretrainedWeights? Pretrained { get; init; }

    /// <summary>Gets the model that the run starts from, or null.</summary>
    public required StartModel? Start { get; init; }

    public required ComputeDevice Device { get; init; }

    public required ImmutableArray<string> BuiltInTasks { get; init; }

    public required ImmutableArray<AffectTask> AddedTasks { get; init; }

    public required ImmutableArray<Func<AffectTask, AffectTask>> TaskChanges { get; init; }

    /// <summary>Gets the tasks of which the builder was given parts.</summary>
    public required ImmutableArray<string> ChangedTasks { get; init; }

    /// <summary>Gets the policies that the builder was given, by task.</summary>
    public required ImmutableDictionary<string, Func<TrainingContext, IPseudoLabelPolicy>> Policies { get; init; }

    public required Func<TrainingContext, ITaskBalancing>? Balancing { get; init; }

    public required Func<TrainingContext, ISampler>? Sampler { get; init; }

    public required Func<TrainingContext, IAugmentation>? WeakView { get; init; }

    public required Func<TrainingContext, IAugmentation>? StrongView { get; init; }

    public required Func<ImmutableSortedDictionary<string, TaskScore>, double?> Score { get; init; }

    public required CheckpointLocation? Checkpoints { get; init; }

    public required ImageCacheLocation ImageCache { get; init; }

    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>Gets the ranks that the run is spread over, or null.</summary>
    public required IProcessGroup? Group { get; init; }

    /// <summary>Gets what makes the files that are written as a run goes.</summary>
    public required ImmutableArray<Func<RunWatcher>> Watchers { get; init; }

    /// <summary>Gets the tasks whose loss custom is.</summary>
    public required ImmutableArray<string> TasksWithOwnLoss { get; init; }

    /// <summary>Gets the tasks whose metric custom is.</summary>
    public required ImmutableArray<string> TasksWithOwnMetric { get; init; }

    /// <summary>Gets whether pseudo-labels were turned off, since no task is learned that they could be for.</summary>
    public required bool PseudoLabelsAreOff { get; init; }

    /// <summary>Gets what the user changed without effect.</summary>
    public ImmutableArray<UnusedOption> UnusedOptions => [.. Training.UnusedOptions.Of(this)];

    public ImmutableArray<string> TaskNames => [.. BuiltInTasks, .. AddedTasks.Select(task => task.Name)];

    /// <summary>
    /// Gets the learned tasks that have a policy: those that the options name, and those that the builder was given one for.
    /// </summary>
    public ImmutableArray<string> PolicyTasks => Options.SemiSupervision is { Mode: SemiSupervisionMode.PseudoLabels } options
        ? [.. TaskNames.Where(task => Policies.ContainsKey(task) || (BuiltInTasks.Contains(task) && Names(options.Tasks).Contains(task)))]
        : [];

    /// <summary>The names of tasks that options name.</summary>
    public static IEnumerable<string> Names(UnlabelledTasks tasks)
    {
        (UnlabelledTasks Task, string Name)[] all =
        [
            (UnlabelledTasks.Expression, AffectTaskNames.Expression),
            (UnlabelledTasks.ValenceArousal, AffectTaskNames.ValenceArousal),
            (UnlabelledTasks.ActionUnits, AffectTaskNames.ActionUnits),
        ];
        return all.Where(task => tasks.HasFlag(task.Task)).Select(task => task.Name);
    }

    // Without a column of intensities their task has no label, whatever its units, and is left out.
    public IReadOnlyList<AffectTask> Tasks(AnnotationSet training) =>
        Tasks(training.ExpressionClasses, training.Units, training.IntensityUnits ?? ActionUnitSet.AffWild2);

    public IReadOnlyList<AffectTask> Tasks(ExpressionClassSet classes, ActionUnitSet units, ActionUnitSet intensityUnits) =>
    [
        .. BuiltInTasks
            .Select(name => Training.BuiltInTasks.Create(name, Options, classes, units, intensityUnits, PolicyTasks.Contains(name)))
            .Concat(AddedTasks)
            .Select(task => TaskChanges.Aggregate(task, (changed, change) => change(changed))),
    ];
}
