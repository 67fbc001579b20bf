using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Kernels.TensorLists;
using SsMfar.Randomness;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>What a fit's run is assembled from: what the builder froze, the data, and the tasks that they have labels of.</summary>
internal sealed record TrainingParts
{
    /// <summary>Without the tasks that were left out.</summary>
    public required TrainerConfiguration Configuration { get; init; }

    public required TrainingData Training { get; init; }

    public required TrainingData? Validation { get; init; }

    public required IReadOnlyList<AffectTask> Tasks { get; init; }

    /// <summary>Gets the tasks that the training set has no label of.</summary>
    public required ImmutableArray<string> TasksLeftOut { get; init; }

    public required torch.Device Device { get; init; }

    public required Checkpoint? Checkpoint { get; init; }

    /// <summary>Gets the device memory that is left for what the whole run reads.</summary>
    public required DeviceImageBudget DeviceBudget { get; init; }

    /// <summary>Gets what optimizer and average compute by.</summary>
    public required ITensorListKernels Kernels { get; init; }

    /// <summary>Gets what settles <see cref="TrainingPrecision.Auto"/>.</summary>
    public required AutomaticPrecision AutomaticPrecision { get; init; }

    /// <summary>Gets the ranks that the run is spread over, or null.</summary>
    public required RunRanks? Ranks { get; init; }

    public required ILogger Logger { get; init; }

    public required IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Gets what is to be disposed, the last first, when the run cannot be assembled.</summary>
    public required Stack<IDisposable> Cleanup { get; init; }

    public TrainingOptions Options => Configuration.Options;

    public RandomKey Root => RandomKey.FromSeed(Options.Seed);

    /// <summary>Has a part disposed when the run cannot be assembled.</summary>
    public T Own<T>(T part)
        where T : IDisposable
    {
        Cleanup.Push(part);
        return part;
    }

    /// <summary>What a task's parts are made from, heads aside, which have keys of their own.</summary>
    public TaskContext Context(int featureWidth, RandomKey key = default) => new(Training.Annotations, featureWidth, key);
}
