using System.Collections.Immutable;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Kernels;
using SsMfar.Kernels.TensorLists;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Assembles a run from its parts: the model from the seed, then what learns, then what judges.</summary>
internal sealed class TrainingAssembly(TrainingParts parts)
{
    private readonly TrainerConfiguration _configuration = parts.Configuration;
    private readonly ImagePreprocessing _input = Input(parts.Configuration);
    private StartReport? _start;

    private TrainingOptions Options => parts.Options;

    public TrainingRun Run()
    {
        MultiTaskModel model = parts.Own(CreateModel(loadPretrained: true));
        MultiTaskModel? averaged = Options.EmaDecay is null ? null : parts.Own(CreateModel(loadPretrained: false));
        averaged?.eval();
        CheckSavable(model);
        if (parts.Ranks is not null)
        {
            RankedParts.Check(model, Options.Distributed);
        }

        if (parts.Kernels is PlainKernels && CpuKernels.IsOn(KernelKinds.TensorLists))
        {
            TrainingLog.PlainKernels(parts.Logger, TorchRuntime.Status?.LibTorchDirectory ?? "");
        }

        bool frozen = Options.FrozenFeatures.Enabled;
        ComputePrecision precision = StartingPrecision.Of(parts, model.Backbone);
        if (precision != ComputePrecision.Full)
        {
            ((IComputePrecision)model.Backbone).Precision = precision;
        }

        TrainingContext context = new(
            parts.Training.Annotations,
            _configuration.TaskNames,
            TrainingJson.Copy(Options),
            parts.Root.Fold(RandomStreams.GivenParts));
        MultiTaskObjective objective = parts.Own(CreateObjective(model, context));
        RequireClasses(model, objective);
        objective.Balancing.Module?.to(parts.Device);
        AdamOptimizer optimizer = parts.Own(new AdamOptimizer(
            [.. ParameterRole.Of(model).Where(role => role.IsHead || !frozen), .. ParameterRole.Of(objective.Balancing)],
            Options.Optimizer,
            parts.Kernels));
        TrainingViews views = parts.Own(CreateViews(context));
        ISampler sampler = Made(_configuration.Sampler, context, "sampler") ?? BuiltInSampler();
        var normalization = new PixelNormalization(
            Values(_input.Mean), Values(_input.StandardDeviation), _input.ChannelOrder == ChannelOrder.Bgr);
        BatchImages images = new(parts.Training, views, normalization, parts.Device);
        FrozenFeatures? features = frozen ? parts.Own(FrozenFeatures.Of(parts, images, normalization)) : null;
        TrainingLog.Started(
            parts.Logger,
            _configuration.Variant.Name,
            _configuration.Recipe.Name,
            _configuration.Backbone.Name,
            parts.Device.ToString(),
            precision,
            parts.Training.Count,
            Options.Epochs,
            Options.BatchSize);
        return new()
        {
            Options = Options,
            Training = parts.Training,
            Validation = parts.Validation,
            State = new(model, averaged, optimizer, objective.Policies, objective.Balancing.Module),
            Average = averaged is null ? null : new(averaged, model, Options.EmaDecay!.Value, parts.Kernels, headsAlone: frozen),
            Objective = objective,
            Step = CreateStep(model, averaged, objective, images, features),
            Sampler = sampler,
            Root = parts.Root,
            Best = parts.Own(new BestModel(parts.Ranks is { IsFirst: false } ? null : _configuration.Checkpoints?.Folder)),
            Checkpoint = parts.Checkpoint,
            Description = StartedRun.Describe(parts, model, precision, objective, sampler, views),
            TasksLeftOut = parts.TasksLeftOut,
            Start = _start,
            Metadata = Metadata,
            Input = _input,
            Evaluator = Evaluator(normalization, features),
            Ranks = parts.Ranks,
            Logger = parts.Logger,
            Progress = parts.Progress,
        };
    }

    private static ImagePreprocessing Input(TrainerConfiguration configuration)
    {
        int size = configuration.Options.ImageSize;
        ImagePreprocessing input = configuration.Backbone.Normalization with { Width = size, Height = size };
        return configuration.Start is { } start
            ? start.Metadata.Input with { Width = size, Height = size }
            : configuration.Pretrained?.AdaptPreprocessing(input) ?? input;
    }

    // In the order of the input's planes.
    private float[] Values(ChannelValues channels) => _input.ChannelOrder == ChannelOrder.Rgb
        ? [channels.Red, channels.Green, channels.Blue]
        : [channels.Blue, channels.Green, channels.Red];

    private MultiTaskModel CreateModel(bool loadPretrained)
    {
        RandomKey key = parts.Root.Fold(RandomStreams.InitialWeights);
        List<IDisposable> made = [];
        try
        {
            IBackbone backbone = _configuration.Backbone.Create(key.Fold(0));
            made.Add(backbone.Module);
            if (loadPretrained && parts.Training.Features is null && _configuration.Pretrained is { } pretrained)
            {
                LoadPretrained(pretrained, backbone);
            }

            List<KeyValuePair<string, ITaskHead>> heads = [];
            foreach (AffectTask task in parts.Tasks)
            {
                ITaskHead head = task.Head.Create(parts.Context(backbone.FeatureWidth, key.Fold(heads.Count + 1)));
                made.Add(head.Module);
                heads.Add(new(task.Name, head));
            }

            var model = new MultiTaskModel(backbone, new(Options.Heads.Dropout, Options.Heads.L2Normalize), heads);
            if (loadPretrained && _configuration.Start is { } start)
            {
                _start = ModelStart.LoadInto(start, model, parts.Tasks, parts.Training.Annotations, _input);
                parts.Training.Features?.RequireStart(model, start.Path);
                TrainingLog.Tell(parts.Logger, _start, model.TaskNames);
            }

            // The heads learn on its backbone, whatever this run's own would have been.
            parts.Training.Features?.GiveBackbone(model, _input);
            model.to(parts.Device);
            ChannelsLast.Apply(model);
            return model;
        }
        catch
        {
            made.ForEach(part => part.Dispose());
            throw;
        }
    }

    private void LoadPretrained(PretrainedWeights pretrained, IBackbone backbone)
    {
        if (!PretrainedWeights.CanLoadInto(backbone))
        {
            throw new TrainingConfigurationException(
                $"Pretrained weights are read into built-in backbones; {_configuration.Backbone.Name} is none. " +
                    "Load its weights in its factory.");
        }

        PretrainedReport report = pretrained.LoadInto(backbone);
        TrainingLog.PretrainedLoaded(
            parts.Logger,
            pretrained.Path,
            report.Matched.Length,
            report.Missing.Length + report.Mismatched.Length,
            report.Unexpected.Length);
    }

    // Known before the first step, not after the last.
    private void CheckSavable(MultiTaskModel model)
    {
        ModelMetadata metadata = Metadata(new());
        try
        {
            HeadShapes.CheckOutputs(model, metadata);
            ModelFile.CheckDescription(model.Architecture, metadata);
            foreach (AffectTask task in parts.Tasks)
            {
                HeadShapes.CheckOutputs(model, task.Name, task.Decoder);
            }
        }
        catch (ArgumentException fault)
        {
            throw new TrainingConfigurationException($"The model could be trained, but not saved and loaded: {fault.Message}");
        }
    }

    private MultiTaskObjective CreateObjective(MultiTaskModel model, TrainingContext context)
    {
        SortedDictionary<string, IPseudoLabelPolicy> policies = PolicyFactory.Create(_configuration, context);
        TaskContext ofTasks = parts.Context(model.Backbone.FeatureWidth);
        return new(
            parts.Tasks.Select(task => KeyValuePair.Create(task.Name, task.Loss(ofTasks))),
            policies,
            CreateBalancing(context),
            TaskCoupling.Create(Options.SemiSupervision, context),
            Options.SemiSupervision.RampUp);
    }

    // A class that is none would end the first step in libtorch's words, on a GPU for the whole process.
    private void RequireClasses(MultiTaskModel model, MultiTaskObjective objective)
    {
        foreach ((string task, ITaskLoss loss) in objective.Losses)
        {
            int classes = model.Head(task).OutputWidth;
            if ((loss is AgreementLoss agreement ? agreement.Own : loss) is CategoricalTaskLoss
                && parts.Training.Labels.FirstOutside(task, classes) is var (row, value))
            {
                throw new TrainingConfigurationException(FormattableString.Invariant(
                    $"The label of task '{task}' is {value} for the image '{parts.Training.Annotations[row].Image}', and its head has ") +
                        FormattableString.Invariant($"{classes} classes: labels are whole numbers from 0 to {classes - 1}."));
            }
        }
    }

    private ITaskBalancing CreateBalancing(TrainingContext context) =>
        Made(_configuration.Balancing, context, "balancing") ?? Options.Balancing.Kind switch
        {
            TaskBalancingKind.Uncertainty => new UncertaintyBalancing(context.Tasks),
            _ => new WeightedSumBalancing(Options.Balancing.Weights),
        };

    private TrainingViews CreateViews(TrainingContext context)
    {
        TrainingViews views = TrainingViews.Of(Options.Views);
        return new(
            Made(_configuration.WeakView, context, "weak view") ?? views.Weak,
            Made(_configuration.StrongView, context, "strong view") ?? views.Strong);
    }

    // Null where nothing was given.
    private static T? Made<T>(Func<TrainingContext, T>? factory, TrainingContext context, string what)
        where T : class =>
        factory is null ? null : GivenPart.Required(factory(context), what);

    private ISampler BuiltInSampler() => Options.Imbalance.ResampleExpressions ? new ClassBalancedSampler() : new ShuffleSampler();

    private TrainingStep CreateStep(
        MultiTaskModel model, MultiTaskModel? averaged, MultiTaskObjective objective, BatchImages images, FrozenFeatures? features) => new()
    {
        Data = parts.Training,
        Model = model,
        Objective = objective,
        Images = images,
        Features = features,
        StrongViews = new(Options.SemiSupervision.Mode, parts.Training.Labels, objective.Policies),
        // Views that agree have no ramp-up.
        WarmUpEpochs =
            Options.SemiSupervision is { Mode: SemiSupervisionMode.PseudoLabels, RampUp: var rampUp } ? rampUp.WarmUpEpochs : 0,
        Teacher = objective.Policies.Count > 0 && Options.SemiSupervision.Teacher == PseudoLabelTeacher.Average ? averaged : null,
        Statistics = Options.SemiSupervision.BatchStatistics,
        AllowsTensorFloat32 = Options.Precision == TrainingPrecision.TensorFloat32,
        Mixup = Options.Mixup,
        Tasks = [.. parts.Tasks.Select(task => task.Name)],
        Root = parts.Root.Fold(RandomStreams.Steps),
        Device = parts.Device,
        Ranks = parts.Ranks,
    };

    private ModelMetadata Metadata(TrainingPosition position) => new()
    {
        Input = _input,
        ExpressionClasses = parts.Tasks.Any(task => task.Name == AffectTaskNames.Expression)
            ? [.. parts.Training.Annotations.ExpressionClasses.Names]
            : [],
        ActionUnits = parts.Tasks.Any(task => task.Name == AffectTaskNames.ActionUnits) ? parts.Training.Annotations.Units.Names : [],
        Decoders = parts.Tasks.ToImmutableSortedDictionary(task => task.Name, task => task.Decoder.Description, StringComparer.Ordinal),
        Recipe = _configuration.Recipe.Name,
        Variant = _configuration.Variant.Name,
        Training = new(position.BestEpoch, position.BestScore, Options.Seed),
        Notes = ModelNotes.Of(_configuration, parts),
    };

    private Func<MultiTaskModel, TrainingData, CancellationToken, EvaluationResult> Evaluator(
        PixelNormalization normalization, FrozenFeatures? features)
    {
        int? unlearned = UnlearnedHalf.Of(parts.Tasks, parts.Training.Annotations);
        if (unlearned is { } half)
        {
            TrainingLog.HalfNotLearned(parts.Logger, UnlearnedHalf.NameOf(half));
        }

        Func<ImmutableSortedDictionary<string, TaskScore>, double?> score = Score(unlearned);
        return (model, set, cancellation) => InFullPrecision(
            model,
            () => ModelEvaluation.Run(
                model, set, parts.Tasks, parts.Context(model.Backbone.FeatureWidth), Input(set), parts.Device, score, unlearned,
                cancellation, parts.Ranks));

        Func<int[], torch.Tensor> Input(TrainingData set) =>
            rows => features?.OfValidation(rows) ?? normalization.Apply(set.Pixels(rows, parts.Device));
    }

    // What decides which epoch is the best, where the validation set does not judge all tasks.
    private Func<ImmutableSortedDictionary<string, TaskScore>, double?> Score(int? unlearnedHalf)
    {
        ImmutableArray<string> unjudged = parts.Validation is null ? [] :
        [
            .. TaskSelection.WithoutLabels(parts.Tasks, parts.Validation.Annotations),
            .. UnlearnedHalf.IsAll(unlearnedHalf, parts.Validation.Annotations) ? [AffectTaskNames.ValenceArousal] : Array.Empty<string>(),
        ];
        if (unjudged.IsEmpty || _configuration.Score != ModelEvaluation.SumOfPrimaries)
        {
            return _configuration.Score;
        }

        if (unjudged.Length == parts.Tasks.Count)
        {
            TrainingLog.NothingJudged(parts.Logger);
            return _configuration.Score;
        }

        TrainingLog.TasksNotJudged(parts.Logger, string.Join(", ", unjudged));
        return scores => _configuration.Score(scores.RemoveRange(unjudged));
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
}
