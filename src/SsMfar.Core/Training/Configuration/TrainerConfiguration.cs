using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
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

    public required Func<TrainingContext, IPseudoLabelPolicy>? Policy { get; init; }

    public required Func<TrainingContext, ITaskBalancing>? Balancing { get; init; }

    public required Func<TrainingContext, ISampler>? Sampler { get; init; }

    public required Func<TrainingContext, IAugmentation>? WeakView { get; init; }

    public required Func<TrainingContext, IAugmentation>? StrongView { get; init; }

    public required Func<ImmutableSortedDictionary<string, TaskScore>, double?> Score { get; init; }

    public required CheckpointLocation? Checkpoints { get; init; }

    public required ImageCacheLocation ImageCache { get; init; }

    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>Gets the tasks whose loss custom is.</summary>
    public required ImmutableArray<string> TasksWithOwnLoss { get; init; }

    /// <summary>Gets whether pseudo-labels were turned off, since there is no expression task that they could be for.</summary>
    public required bool PseudoLabelsAreOff { get; init; }

    /// <summary>Gets what the user changed without effect.</summary>
    public ImmutableArray<UnusedOption> UnusedOptions => [.. Training.UnusedOptions.Of(this)];

    public ImmutableArray<string> TaskNames => [.. BuiltInTasks, .. AddedTasks.Select(task => task.Name)];

    public IReadOnlyList<AffectTask> Tasks(ExpressionClassSet classes) =>
    [
        .. BuiltInTasks.Select(name => Training.BuiltInTasks.Create(name, Options, classes)).Concat(AddedTasks)
            .Select(task => TaskChanges.Aggregate(task, (changed, change) => change(changed))),
    ];
}
