using System.Globalization;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Kernels;
using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Puts the parts of a fit together: data first, then the model from the seed, then what learns.</summary>
/// <param name="configuration">What the builder froze.</param>
/// <param name="logger">Where the run logs.</param>
/// <param name="progress">Whom the run tells, or null.</param>
/// <param name="ranks">The ranks that the run is spread over, or null.</param>
/// <param name="stepKernels">What optimizer and average compute by; null for what suits the libtorch that is loaded.</param>
/// <param name="automaticPrecision">What settles <see cref="TrainingPrecision.Auto"/>; null for this user's.</param>
internal sealed class TrainingRunFactory(
    TrainerConfiguration configuration,
    ILogger logger,
    IProgress<TrainingProgress>? progress,
    ITensorListKernels? stepKernels = null,
    RunRanks? ranks = null,
    AutomaticPrecision? automaticPrecision = null)
{
    private TrainingOptions Options => configuration.Options;

    public TrainingRun Create(AffectDataset training, AffectDataset? validation, CancellationToken cancellationToken) =>
        Create(new FitRows(training), validation is null ? null : new FitRows(validation), cancellationToken);

    public TrainingRun Create(FitRows training, FitRows? validation, CancellationToken cancellationToken)
    {
        torch.Device device = configuration.Device.ResolveAndLog(configuration.LoggerFactory);
        if (ranks is not null && configuration.Group is InProcessGroup && device.type != DeviceType.CPU)
        {
            throw new TrainingConfigurationException(
                $"Ranks that are threads of one process have CPU tensors alone, and the device is {device}: choose the CPU, or start a " +
                    "process for each.");
        }

        if (device.type == DeviceType.CPU && TorchRuntime.RetainFreedMemoryForTraining())
        {
            TrainingLog.FreedMemoryRetained(logger);
        }

        if (!configuration.UnusedOptions.IsEmpty)
        {
            TrainingLog.UnusedOptions(logger, string.Join(", ", configuration.UnusedOptions.Select(option => option.Name)));
        }

        Checkpoint? checkpoint = configuration.Checkpoints is { } location && ranks is not { IsFirst: false }
            ? CheckpointFolder.Open(location)
            : null;
        ExpressionClassSet classes = training.Annotations.ExpressionClasses;
        if (validation is not null && !validation.Annotations.ExpressionClasses.Equals(classes))
        {
            throw new ArgumentException(
                $"The validation set's classes ({validation.Annotations.ExpressionClasses}) are not the training set's " +
                    $"({classes}).", nameof(validation));
        }

        if (validation is not null && training.CountShared(validation) is > 0 and int shared)
        {
            TrainingLog.SetsOverlap(logger, shared, validation.Count);
        }

        if (validation is null && Options.EarlyStopping.Patience is not null)
        {
            throw new TrainingConfigurationException(
                $"{nameof(TrainingOptions.EarlyStopping)}.{nameof(EarlyStoppingOptions.Patience)} counts evaluations, and there is " +
                    "no validation set: give one, or leave the patience null.");
        }

        // Before any image is decoded; and again afterwards, where rows with the only labels may have been skipped.
        TrainerConfiguration asked = configuration;
        RequireLabels(training.Annotations, "training", configuration.Tasks(training.Annotations));
        ImmutableArray<string> leftOut = LeaveOut([], training.Annotations);
        RequireLabels(validation?.Annotations, "validation", configuration.Tasks(training.Annotations));
        SavableParts.Check(configuration.Backbone, configuration.Tasks(training.Annotations), training.Annotations);
        RequireWritable(training.Annotations);
        RequireWritable(validation?.Annotations);
        var cleanup = new Stack<IDisposable>();
        try
        {
            if (ranks is not null)
            {
                SharedStart.RequireSameSets(ranks, validation is not null, configuration.ImageCache.Folder is not null);
            }

            var deviceBudget = DeviceImageBudget.For(device, configuration.ImageCache.DeviceMemoryBudget);
            // Frozen features take the images' place on the device; each image is read once.
            DeviceImageBudget imageBudget = Options.FrozenFeatures.Enabled ? new(0) : deviceBudget;
            TrainingData data = Load(
                training, "training", configuration.Tasks(training.Annotations), device, imageBudget, cancellationToken);
            cleanup.Push(data);
            Require(data, "training", 2, "batch statistics need at least 2");
            if (data.SkippedImages > 0)
            {
                leftOut = LeaveOut(leftOut, data.Annotations);
            }

            Warn(
                leftOut,
                asked.PseudoLabelsAreOff ? TrainerConfiguration.Names(asked.Options.SemiSupervision.Tasks)
                : TaskSelection.EndsPseudoLabels(asked, leftOut) ? asked.PolicyTasks : []);
            IReadOnlyList<AffectTask> tasks = configuration.Tasks(data.Annotations);
            TrainingData? validationData =
                validation is null ? null : Load(validation, "validation", tasks, device, imageBudget, cancellationToken);
            if (validationData is not null)
            {
                cleanup.Push(validationData);
                Require(validationData, "validation", 1, "the best epoch is chosen on them");
            }

            progress?.Report(new TasksProgress([.. tasks.Select(task => task.Name)], leftOut));
            TrainingRun run = new TrainingAssembly(new()
            {
                Configuration = configuration,
                Training = data,
                Validation = validationData,
                Tasks = tasks,
                TasksLeftOut = leftOut,
                Device = device,
                DeviceBudget = deviceBudget,
                Checkpoint = checkpoint,
                Ranks = ranks,
                Kernels = stepKernels ?? CpuKernels.TensorLists,
                AutomaticPrecision = automaticPrecision ?? AutomaticPrecision.OfThisUser,
                Logger = logger,
                Progress = progress,
                Cleanup = cleanup,
            }).Run();
            if (run.Objective.IgnoredPolicies.Any())
            {
                TrainingLog.PseudoLabelsIgnored(logger, string.Join(", ", run.Objective.IgnoredPolicies));
            }

            return run;
        }
        catch
        {
            while (cleanup.TryPop(out IDisposable? part))
            {
                part.Dispose();
            }

            throw;
        }
    }

    // A run is known by its rows' text, which a name with a line break has not.
    private static void RequireWritable(AnnotationSet? annotations) => annotations?.Write(TextWriter.Null);

    // A column that a task needs, which a set may lack; its first row tells.
    private static void RequireLabels(AnnotationSet? annotations, string set, IReadOnlyList<AffectTask> tasks)
    {
        if (annotations is null)
        {
            return;
        }

        try
        {
            AnnotationSet first = annotations.Select(Enumerable.Range(0, Math.Min(1, annotations.Count)));
            _ = new LabelTable(first, tasks.Select(task => KeyValuePair.Create(task.Name, task.Labels)));
        }
        catch (InvalidOperationException fault)
        {
            throw new InvalidOperationException($"The labels of the {set} set cannot be read. {fault.Message}", fault);
        }
    }

    private static void Require(TrainingData data, string name, int least, string reason)
    {
        if (data.Count < least)
        {
            throw new InsufficientDataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The {name} set has {data.Count} usable images ({data.SkippedImages} were skipped as unreadable); {reason}."),
                "Add rows, or repair the images.");
        }
    }

    // Takes the tasks without a label out of the configuration that the rest of the run is made by.
    private ImmutableArray<string> LeaveOut(ImmutableArray<string> before, AnnotationSet annotations)
    {
        IReadOnlyList<AffectTask> tasks = configuration.Tasks(annotations);
        ImmutableArray<string> leftOut = TaskSelection.WithoutLabels(tasks, annotations);
        if (leftOut.IsEmpty)
        {
            return before;
        }

        string names = string.Join(", ", leftOut);
        if (leftOut.Length == tasks.Count)
        {
            throw new InsufficientDataException(
                $"No row of the training set has a label of {names}, so there is nothing to learn.",
                "Add labelled rows, or choose tasks that have labels.");
        }

        configuration = TaskSelection.Without(configuration, leftOut);
        return [.. before, .. leftOut];
    }

    private void Warn(ImmutableArray<string> leftOut, IEnumerable<string> withoutPseudoLabels)
    {
        if (!leftOut.IsEmpty)
        {
            TrainingLog.TasksLeftOut(logger, string.Join(", ", leftOut));
        }

        if (withoutPseudoLabels.Any())
        {
            TrainingLog.PseudoLabelsOff(logger, string.Join(", ", withoutPseudoLabels));
        }
    }

    private TrainingData Load(
        FitRows rows,
        string set,
        IReadOnlyList<AffectTask> tasks,
        torch.Device device,
        DeviceImageBudget deviceBudget,
        CancellationToken cancellationToken)
    {
        if (rows.Features is { } features)
        {
            return TrainingData.Of(features, tasks);
        }

        AffectDataset dataset = rows.Dataset!;
        ImageCacheOptions options = configuration.ImageCache.For(
            dataset.Annotations, Options.ImageSize, Options.OnBadImage, ranks?.Size ?? 1);

        TrainingData data = ranks is null ? Decode(cancellationToken) : Decoded(ranks);
        if (data.SkippedImages > 0)
        {
            TrainingLog.ImagesSkipped(logger, data.SkippedImages, set);
        }

        return data;

        // A folder that several ranks share is filled by one of them.
        TrainingData Decoded(RunRanks all)
        {
            bool isFilledByFirst = configuration.ImageCache.Folder is not null;
            TrainingData? own = all.WorkLong(token => isFilledByFirst && !all.IsFirst ? null : Decode(token), cancellationToken);
            return (isFilledByFirst ? all.WorkLong(token => own ?? Decode(token), cancellationToken) : own)!;
        }

        TrainingData Decode(CancellationToken token) => TrainingData.Load(
            dataset, tasks, options, device, deviceBudget, progress is null ? null : new DecodingReporter(set, progress), token);
    }

    private sealed class DecodingReporter(string set, IProgress<TrainingProgress> progress) : IProgress<ImageCacheProgress>
    {
        public void Report(ImageCacheProgress value) => progress.Report(new DecodingProgress(set, value.Done, value.Total));
    }
}
