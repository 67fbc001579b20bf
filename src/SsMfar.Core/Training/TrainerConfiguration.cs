using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Shared;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>What a builder froze: options and parts.</summary>
internal sealed record TrainerConfiguration
{
    public required TrainingOptions Options { get; init; }

    /// <summary>The options of recipe and variant alone, before the user's changes.</summary>
    public required TrainingOptions Unchanged { get; init; }

    /// <summary>Whether options that were changed without effect are no fault.</summary>
    public required bool AllowUnusedOptions { get; init; }

    public required TrainingRecipe Recipe { get; init; }

    public required SsMfarVariant Variant { get; init; }

    public required BackboneFactory Backbone { get; init; }

    public required PretrainedWeights? Pretrained { get; init; }

    public required ComputeDevice Device { get; init; }

    public required ImmutableArray<string> BuiltInTasks { get; init; }

    public required ImmutableArray<AffectTask> AddedTasks { get; init; }

    public required ImmutableArray<Func<AffectTask, AffectTask>> TaskChanges { get; init; }

    /// <summary>The tasks of which the builder was given parts.</summary>
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

    /// <summary>The tasks whose loss is of the user's own.</summary>
    public required ImmutableArray<string> TasksWithOwnLoss { get; init; }

    /// <summary>Whether pseudo-labels were turned off, since there is no expression task that they could be for.</summary>
    public required bool PseudoLabelsAreOff { get; init; }

    /// <summary>What the user changed without effect.</summary>
    public ImmutableArray<UnusedOption> UnusedOptions => [.. Training.UnusedOptions.Of(this)];

    public ImmutableArray<string> TaskNames => [.. BuiltInTasks, .. AddedTasks.Select(task => task.Name)];

    public IReadOnlyList<AffectTask> Tasks(ExpressionClassSet classes) =>
    [
        .. BuiltInTasks.Select(name => Training.BuiltInTasks.Create(name, Options, classes)).Concat(AddedTasks)
            .Select(task => TaskChanges.Aggregate(task, (changed, change) => change(changed))),
    ];
}

/// <summary>Where decoded images are kept.</summary>
/// <param name="Folder">From run to run, or null.</param>
/// <param name="MemoryBudget">Bytes of memory a set may take, or null for the cache's own choice.</param>
/// <param name="DeviceMemoryBudget">
/// Bytes of device memory that the images of all sets may take together, or null for half of what is free.
/// </param>
internal sealed record ImageCacheLocation(string? Folder, long? MemoryBudget, long? DeviceMemoryBudget)
{
    /// <summary>The options of the cache of a set; the folder is made.</summary>
    public ImageCacheOptions For(AnnotationSet annotations, int size, ImageFailurePolicy onBadImage)
    {
        var options = new ImageCacheOptions { Width = size, Height = size, OnBadImage = onBadImage, MemoryBudget = MemoryBudget };
        if (Folder is null)
        {
            return options;
        }

        Directory.CreateDirectory(Folder);
        ulong list = annotations.Aggregate(0UL, (hash, row) => StableHash.Of(row.Image, unchecked((long)hash)));
        return options with { CacheFile = Path.Combine(
            Folder,
            FormattableString.Invariant($"{annotations.Count}-images-{size}px-{list:x16}.pixels")) };
    }
}

/// <summary>Where checkpoints go.</summary>
/// <param name="Folder">A folder of the run's own; made when missing.</param>
/// <param name="Mode">What to do with a checkpoint found there.</param>
internal sealed record CheckpointLocation(string Folder, CheckpointMode Mode)
{
    private const string FileName = "checkpoint.safetensors";
    private const string LockName = "training.lock";

    /// <summary>Claims the folder for one run, until disposed; the system takes the claim back from a process that is killed.</summary>
    /// <exception cref="CheckpointException">A run under way has claimed it.</exception>
    public IDisposable Claim()
    {
        Directory.CreateDirectory(Folder);
        string path = Path.Combine(Folder, LockName);
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException taken) when (File.Exists(path))
        {
            throw new CheckpointException(
                $"{Folder}: another run is under way here, and each would overwrite the other's checkpoints.",
                "Wait for it, or choose another folder.",
                taken);
        }
    }

    /// <summary>The checkpoint; the folder is made, and what killed processes left in it removed.</summary>
    /// <exception cref="CheckpointException">One is there that is not to be resumed, or none that is.</exception>
    public Checkpoint Open()
    {
        Directory.CreateDirectory(Folder);
        var checkpoint = new Checkpoint(Path.Combine(Folder, FileName));
        if (checkpoint.Exists && Mode == CheckpointMode.New)
        {
            throw new CheckpointException(
                $"{checkpoint.Path}: another run's checkpoint is there.", "Resume it, or choose another folder.");
        }

        if (!checkpoint.Exists && Mode == CheckpointMode.Resume)
        {
            throw new CheckpointException(
                $"{checkpoint.Path}: there is no checkpoint to resume.",
                $"Check the folder, or start with {nameof(CheckpointMode)}.{nameof(CheckpointMode.New)} or {nameof(CheckpointMode.ResumeIfPresent)}.");
        }

        AtomicFile.RemoveUnfinished(Folder, FileName);
        AtomicFile.RemoveUnfinished(Folder, BestModel.Pattern);
        return checkpoint;
    }
}
