using System.Globalization;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Kernels;
using SsMfar.Kernels.TensorLists;
using SsMfar.Losses;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Puts the parts of a fit together: data first, then the model from the seed, then what learns.</summary>
/// <param name="configuration">What the builder froze.</param>
/// <param name="logger">Where the run logs.</param>
/// <param name="progress">Whom the run tells, or null.</param>
/// <param name="stepKernels">What optimizer and average compute by; null for what suits the libtorch that is loaded.</param>
internal sealed class TrainingRunFactory(
    TrainerConfiguration configuration, ILogger logger, IProgress<TrainingProgress>? progress, ITensorListKernels? stepKernels = null)
{
    private TrainingOptions Options => configuration.Options;

    public TrainingRun Create(AffectDataset training, AffectDataset? validation, CancellationToken cancellationToken)
    {
        torch.Device device = configuration.Device.ResolveAndLog(configuration.LoggerFactory);
        if (device.type == DeviceType.CPU && TorchRuntime.RetainFreedMemoryForTraining())
        {
            TrainingLog.FreedMemoryRetained(logger);
        }

        if (!configuration.UnusedOptions.IsEmpty)
        {
            TrainingLog.UnusedOptions(logger, string.Join(", ", configuration.UnusedOptions.Select(option => option.Name)));
        }

        Checkpoint? checkpoint = configuration.Checkpoints?.Open();
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

        // Before any image is decoded; and again afterwards, where rows with the only labels may have been skipped.
        TrainerConfiguration asked = configuration;
        ImmutableArray<string> leftOut = LeaveOut([], training.Annotations);
        var cleanup = new Stack<IDisposable>();
        try
        {
            var deviceBudget = DeviceImageBudget.For(device, configuration.ImageCache.DeviceMemoryBudget);
            TrainingData data = Own(
                cleanup,
                Load(training, "training", configuration.Tasks(classes), device, deviceBudget, cancellationToken));
            Require(data, "training", 2, "batch statistics need at least 2");
            if (data.SkippedImages > 0)
            {
                leftOut = LeaveOut(leftOut, data.Annotations);
            }

            Warn(leftOut, TaskSelection.EndsPseudoLabels(asked, leftOut));
            IReadOnlyList<AffectTask> tasks = configuration.Tasks(classes);
            TrainingData? validationData =
                validation is null ? null : Own(cleanup, Load(validation, "validation", tasks, device, deviceBudget, cancellationToken));
            if (validationData is null && Options.EarlyStopping.Patience is not null)
            {
                throw new TrainingConfigurationException(
                    $"{nameof(TrainingOptions.EarlyStopping)}.{nameof(EarlyStoppingOptions.Patience)} counts evaluations, and there is " +
                        "no validation set: give one, or leave the patience null.");
            }

            if (validationData is not null)
            {
                Require(validationData, "validation", 1, "the best epoch is chosen on them");
            }

            progress?.Report(new TasksProgress([.. tasks.Select(task => task.Name)], leftOut));
            return Assemble(data, validationData, tasks, leftOut, classes, device, checkpoint, cleanup);
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

    private static void Require(TrainingData data, string name, int least, string reason)
    {
        if (data.Count < least)
        {
            throw new InsufficientDataException(string.Create(CultureInfo.InvariantCulture,
                $"The {name} set has {data.Count} usable images ({data.SkippedImages} were skipped as unreadable); {reason}. Add rows, " +
                    $"or mend the images."));
        }
    }

    // Takes the tasks without a label out of the configuration that the rest of the run is made by.
    private ImmutableArray<string> LeaveOut(ImmutableArray<string> before, AnnotationSet annotations)
    {
        IReadOnlyList<AffectTask> tasks = configuration.Tasks(annotations.ExpressionClasses);
        ImmutableArray<string> leftOut = TaskSelection.WithoutLabels(tasks, annotations);
        if (leftOut.IsEmpty)
        {
            return before;
        }

        string names = string.Join(", ", leftOut);
        if (leftOut.Length == tasks.Count)
        {
            throw new InsufficientDataException(
                $"No row of the training set has a label of {names}, so there is nothing to learn. " +
                "Add labelled rows, or choose tasks that have labels.");
        }

        configuration = TaskSelection.Without(configuration, leftOut);
        return [.. before, .. leftOut];
    }

    private void Warn(ImmutableArray<string> leftOut, bool endsPseudoLabels)
    {
        if (!leftOut.IsEmpty)
        {
            TrainingLog.TasksLeftOut(logger, string.Join(", ", leftOut));
        }

        if (endsPseudoLabels)
        {
            TrainingLog.PseudoLabelsOff(logger);
        }
    }

    // What decides which epoch is the best, where the validation set does not judge all tasks.
    private Func<ImmutableSortedDictionary<string, TaskScore>, double?> Score(IReadOnlyList<AffectTask> tasks, TrainingData? validation)
    {
        ImmutableArray<string> unjudged = validation is null ? [] : TaskSelection.WithoutLabels(tasks, validation.Annotations);
        if (unjudged.IsEmpty || configuration.Score != ModelEvaluation.SumOfPrimaries)
        {
            return configuration.Score;
        }

        string names = string.Join(", ", unjudged);
        if (unjudged.Length == tasks.Count)
        {
            TrainingLog.NothingJudged(logger);
            return configuration.Score;
        }

        TrainingLog.TasksNotJudged(logger, names);
        return scores => configuration.Score(scores.RemoveRange(unjudged));
    }

    private static T Own<T>(Stack<IDisposable> cleanup, T part)
        where T : IDisposable
    {
        cleanup.Push(part);
        return part;
    }

    private TrainingRun Assemble(
        TrainingData data,
        TrainingData? validation,
        IReadOnlyList<AffectTask> tasks,
        ImmutableArray<string> leftOut,
        ExpressionClassSet classes,
        torch.Device device,
        Checkpoint? checkpoint,
        Stack<IDisposable> cleanup)
    {
        RandomKey root = RandomKey.FromSeed(Options.Seed);
        Func<ImmutableSortedDictionary<string, TaskScore>, double?> score = Score(tasks, validation);
        ImagePreprocessing input = new() { Width = Options.ImageSize, Height = Options.ImageSize };
        input = configuration.Pretrained?.AdaptPreprocessing(input) ?? input;
        var normalization = new PixelNormalization(Values(input.Mean), Values(input.StandardDeviation));
        MultiTaskModel model = Own(cleanup, CreateModel(tasks, data.Annotations, root, device, loadPretrained: true));
        MultiTaskModel? averaged =
            Options.EmaDecay is null ? null : Own(cleanup, CreateModel(tasks, data.Annotations, root, device, loadPretrained: false));
        averaged?.eval();
        CheckSavable(model, Metadata(tasks, classes, input, new()));
        ITensorListKernels kernels = stepKernels ?? CpuKernels.TensorLists;
        if (kernels is PlainKernels && CpuKernels.IsOn(KernelKinds.TensorLists))
        {
            TrainingLog.PlainKernels(logger, TorchRuntime.Status?.LibTorchDirectory ?? "");
        }

        ComputePrecision precision = Options.Precision.Resolve(model.Backbone, device);
        if (precision != ComputePrecision.Full)
        {
            ((IComputePrecision)model.Backbone).Precision = precision;
        }

        ExponentialMovingAverage? average = averaged is null ? null : new(averaged, model, Options.EmaDecay!.Value, kernels);
        IPseudoLabelPolicy? policy = PolicyFactory.Create(configuration, data.Annotations.Statistics);
        var context = new TaskContext(data.Annotations, model.Backbone.FeatureWidth, default);
        var objective = Own(cleanup,
            new MultiTaskObjective(tasks.Select(task => KeyValuePair.Create(task.Name, task.Loss(context))), policy, CreateBalancing()));
        objective.Balancing.Module?.to(device);
        var optimizer = Own(cleanup,
            new AdamOptimizer([.. ParameterRole.Of(model), .. ParameterRole.Of(objective.Balancing)], Options.Optimizer, kernels));
        TrainingViews views = TrainingViews.Of(Options.Views);
        views = new(configuration.WeakView ?? views.Weak, configuration.StrongView ?? views.Strong);
        TrainingLog.Started(
            logger, configuration.Variant.Name, configuration.Recipe.Name, configuration.Backbone.Name, device.ToString(), precision, data
                .Count, Options.Epochs, Options.BatchSize);
        return new()
        {
            Options = Options,
            Training = data,
            Validation = validation,
            State = new(model, averaged, optimizer, policy, objective.Balancing.Module),
            Average = average,
            Objective = objective,
            Step = new(
                data,
                model,
                objective,
                new(data, views, normalization, device),
                NeedsStrongView(policy),
                policy is not null && Options.SemiSupervision.Teacher == PseudoLabelTeacher.Average ? averaged : null,
                Options.SemiSupervision.BatchStatistics,
                Options.Precision == TrainingPrecision.TensorFloat32,
                Options.Mixup,
                [.. tasks.Select(task => task.Name)],
                root.Fold(RandomStreams.Steps),
                device),
            Sampler = configuration.Sampler ?? (Options.Imbalance.ResampleExpressions ? new ClassBalancedSampler() : new ShuffleSampler()),
            Root = root,
            Best = Own(cleanup, new BestModel(configuration.Checkpoints?.Folder)),
            Checkpoint = checkpoint,
            Description = RunDescription.Of(
                configuration,
                model.Architecture,
                precision,
                objective,
                data.Annotations,
                validation?.Annotations),
            TasksLeftOut = leftOut,
            Metadata = position => Metadata(tasks, classes, input, position),
            Evaluator = (evaluated, set, cancellation) =>
                InFullPrecision(evaluated, () => ModelEvaluation.Run(evaluated, set, tasks, normalization, device, score, cancellation)),
            Logger = logger,
            Progress = progress,
        };
    }

    // Known before the first step, not after the last.
    private static void CheckSavable(MultiTaskModel model, ModelMetadata metadata)
    {
        try
        {
            HeadShapes.CheckOutputs(model, metadata);
            ModelFile.CheckDescription(model.Architecture, metadata);
        }
        catch (ArgumentException fault)
        {
            throw new TrainingConfigurationException($"The model could be trained, but not saved and loaded: {fault.Message}");
        }
    }

    // What is judged is what a model file gives whoever loads it.
    private static EvaluationResult InFullPrecision(MultiTaskModel model, Func<EvaluationResult> evaluate)
    {
        using TensorFloat32.Change format = TensorFloat32.Set(allowed: false);
        if (model.Backbone is not IComputePrecision { Precision: not ComputePrecision.Full } backbone)
        {
            return evaluate();
        }

        ComputePrecision precision = backbone.Precision;
        backbone.Precision = ComputePrecision.Full;
        try
        {
            return evaluate();
        }
        finally
        {
            backbone.Precision = precision;
        }
    }

    private TrainingData Load(
        AffectDataset dataset,
        string set,
        IReadOnlyList<AffectTask> tasks,
        torch.Device device,
        DeviceImageBudget deviceBudget,
        CancellationToken cancellationToken)
    {
        ImageCacheOptions options = configuration.ImageCache.For(dataset.Annotations, Options.ImageSize, Options.OnBadImage);
        TrainingData data = TrainingData.Load(
            dataset,
            tasks,
            options,
            device,
            deviceBudget,
            progress is null ? null : new DecodingReporter(set, progress),
            cancellationToken);
        if (data.SkippedImages > 0)
        {
            TrainingLog.ImagesSkipped(logger, data.SkippedImages, set);
        }

        return data;
    }

    private MultiTaskModel CreateModel(
        IReadOnlyList<AffectTask> tasks, AnnotationSet annotations, RandomKey root, torch.Device device, bool loadPretrained)
    {
        RandomKey key = root.Fold(RandomStreams.InitialWeights);
        IBackbone backbone = configuration.Backbone.Create(key.Fold(0));
        if (loadPretrained && configuration.Pretrained is { } pretrained)
        {
            PretrainedReport report = pretrained.LoadInto(backbone as ResNet ?? throw new TrainingConfigurationException(
                $"Pretrained weights are read into ResNets; {configuration.Backbone.Name} is none. Load its weights in its factory."));
            TrainingLog.PretrainedLoaded(
                logger, pretrained.Path, report.Matched.Length, report.Missing.Length + report.Mismatched.Length, report.Unexpected.Length);
        }

        var model = new MultiTaskModel(
            backbone,
            new(Options.Heads.Dropout, Options.Heads.L2Normalize),
            tasks.Select((task, i) => KeyValuePair.Create(task.Name, task.Head(new(annotations, backbone.FeatureWidth, key.Fold(i + 1))))));
        model.to(device);
        ChannelsLast.Apply(model);
        return model;
    }

    private ITaskBalancing CreateBalancing() => configuration.Balancing?.Invoke(configuration.TaskNames) ?? Options.Balancing.Kind switch
    {
        TaskBalancingKind.Uncertainty => new UncertaintyBalancing(configuration.TaskNames),
        _ => new WeightedSumBalancing(Options.Balancing.Weights),
    };

    private Func<bool, bool> NeedsStrongView(IPseudoLabelPolicy? policy) => Options.SemiSupervision.Mode switch
    {
        SemiSupervisionMode.Agreement => _ => true,
        SemiSupervisionMode.PseudoLabels => policy!.NeedsStrongView,
        _ => _ => false,
    };

    private ModelMetadata Metadata(
        IReadOnlyList<AffectTask> tasks,
        ExpressionClassSet classes,
        ImagePreprocessing input,
        TrainingPosition position) => new()
    {
        Input = input,
        ExpressionClasses = tasks.Any(task => task.Name == AffectTaskNames.Expression) ? [.. classes.Names] : [],
        ActionUnits = tasks.Any(task => task.Name == AffectTaskNames.ActionUnits) ? ActionUnits.Names : [],
        Decoders = tasks.ToImmutableSortedDictionary(task => task.Name, task => task.Decoder.Description, StringComparer.Ordinal),
        Recipe = configuration.Recipe.Name,
        Variant = configuration.Variant.Name,
        Training = new(position.BestEpoch, position.BestScore, Options.Seed),
    };

    private static float[] Values(ChannelValues channels) => [channels.Red, channels.Green, channels.Blue];

    private sealed class DecodingReporter(string set, IProgress<TrainingProgress> progress) : IProgress<ImageCacheProgress>
    {
        public void Report(ImageCacheProgress value) => progress.Report(new DecodingProgress(set, value.Done, value.Total));
    }
}
