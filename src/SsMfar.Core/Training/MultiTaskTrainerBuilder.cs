using System.Collections.Immutable;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Weights;

namespace SsMfar.Training;

/// <summary>
/// Composes a trainer. Whatever the order of calls, options start from the recipe, then the variant changes them, then
/// <see cref="Configure"/> in the order of its calls; parts given here replace those that the options describe.
/// </summary>
public sealed partial class MultiTaskTrainerBuilder
{
    private readonly List<Action<TrainingOptions>> _configure = [];
    private readonly List<AffectTask> _added = [];
    private readonly List<Func<AffectTask, AffectTask>> _changes = [];
    private readonly List<string> _changedTasks = [];
    private readonly List<string> _ownLosses = [];
    private readonly List<string> _ownMetrics = [];
    private TrainingRecipe _recipe = TrainingRecipe.Recommended;
    private SsMfarVariant _variant = SsMfarVariant.SsMfar;
    private BackboneFactory? _backbone;
    private PretrainedWeights? _pretrained;
    private string? _startModel;
    private ComputeDevice _device = ComputeDevice.Auto;
    private ImmutableArray<string> _tasks = BuiltInTasks.Usual;
    private ImmutableDictionary<string, Func<TrainingContext, IPseudoLabelPolicy>> _policies =
        ImmutableDictionary.Create<string, Func<TrainingContext, IPseudoLabelPolicy>>(StringComparer.Ordinal);

    private Func<TrainingContext, ITaskBalancing>? _balancing;
    private Func<TrainingContext, ISampler>? _sampler;
    private Func<TrainingContext, IAugmentation>? _weakView;
    private Func<TrainingContext, IAugmentation>? _strongView;
    private Func<ImmutableSortedDictionary<string, TaskScore>, double?> _score = ModelEvaluation.SumOfPrimaries;
    private bool _allowUnusedOptions;

    internal MultiTaskTrainerBuilder()
    {
    }

    /// <summary>The options to start from; <see cref="TrainingRecipe.Recommended"/> otherwise.</summary>
    /// <param name="recipe">A recipe.</param>
    public MultiTaskTrainerBuilder UseRecipe(TrainingRecipe recipe) => With(ref _recipe, recipe);

    /// <summary>The row of the paper's Table 1; <see cref="SsMfarVariant.SsMfar"/> otherwise.</summary>
    /// <param name="variant">A variant.</param>
    public MultiTaskTrainerBuilder UseVariant(SsMfarVariant variant) => With(ref _variant, variant);

    /// <summary>The backbone; the variant's, or ResNet-18, otherwise.</summary>
    /// <param name="backbone">Makes the backbone.</param>
    /// <param name="pretrained">
    /// Weights to start from, or null to start from scratch. The recipe may have other options for a start from weights
    /// (<see cref="TrainingRecipe.AdaptToPretrained"/>); what <see cref="Configure"/> sets comes later, and wins.
    /// </param>
    public MultiTaskTrainerBuilder UseBackbone(BackboneFactory backbone, PretrainedWeights? pretrained = null)
    {
        _pretrained = pretrained;
        return With(ref _backbone, backbone);
    }

    /// <summary>
    /// Starts from a whole model, as <see cref="TrainingResult.SaveModel"/> writes it: its backbone, its preprocessing, and the heads of
    /// tasks that are the run's, with the same shape, classes and units. Heads that are not start fresh;
    /// <see cref="TrainingResult.Start"/> and the log say which and why. Takes the place of pretrained weights, and the recipe's options
    /// for
    /// a start from weights hold (<see cref="TrainingRecipe.AdaptToPretrained"/>). The file is opened when the trainer is built, and again
    /// when it trains.
    /// </summary>
    /// <param name="path">
    /// The file. The backbone is the file's; a custom one is given to <see cref="UseBackbone"/> as well.
    /// </param>
    public MultiTaskTrainerBuilder UseStartModel(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return With(ref _startModel, path);
    }

    /// <summary>Where to train; CUDA when there is one, else the CPU, otherwise.</summary>
    /// <param name="device">A device.</param>
    public MultiTaskTrainerBuilder UseDevice(ComputeDevice device)
    {
        _device = device;
        return this;
    }

    /// <summary>Changes the options.</summary>
    /// <param name="configure">Called when the trainer is built.</param>
    public MultiTaskTrainerBuilder Configure(Action<TrainingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configure.Add(configure);
        return this;
    }

    /// <summary>
    /// Whether <see cref="Configure"/> may change options that cannot have an effect beside the others, such as the weight of a loss term
    /// that the mode has not. They are a fault otherwise. For options that several trainers share, where it is enough that one of them has
    /// a use for each. <see cref="MultiTaskTrainer.UnusedOptions"/> names them, and the run's log does.
    /// </summary>
    /// <param name="allow">Whether they are allowed.</param>
    public MultiTaskTrainerBuilder AllowUnusedOptions(bool allow = true)
    {
        _allowUnusedOptions = allow;
        return this;
    }

    /// <summary>
    /// Which of the built-in tasks to learn; the three of SS-MFAR otherwise, without <see cref="AffectTaskNames.ActionUnitIntensity"/>,
    /// which is learned where it is named. Of these, a task that no row of the training set has a label of
    /// is left out with a warning (<see cref="TrainingResult.TasksLeftOut"/>). Where none of the tasks is learned that recipe and variant
    /// give pseudo-labels for (<see cref="SemiSupervisionOptions.Tasks"/>), those are off, with a warning.
    /// </summary>
    /// <param name="names">Names of <see cref="AffectTaskNames"/>.</param>
    public MultiTaskTrainerBuilder UseTasks(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _tasks = [.. names];
        return this;
    }

    /// <summary>Adds a custom task.</summary>
    /// <param name="task">The task; its name must be new.</param>
    public MultiTaskTrainerBuilder AddTask(AffectTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        _added.Add(task);
        return this;
    }

    /// <summary>Gives a task another loss.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="loss">Makes the loss.</param>
    public MultiTaskTrainerBuilder UseLoss(string task, Func<TaskContext, ITaskLoss> loss)
    {
        _ownLosses.Add(task);
        return Change(task, t => t.With(loss: loss), loss);
    }

    /// <summary>Gives a task another head.</summary>
    /// <typeparam name="THead">The head; model files name it by its <see cref="ITaskHead{TSelf}.Kind"/>.</typeparam>
    /// <param name="task">The task's name.</param>
    /// <param name="head">Makes the head, such as with <see cref="TaskContext.CreateHead"/>.</param>
    public MultiTaskTrainerBuilder UseHead<THead>(string task, Func<TaskContext, THead> head)
        where THead : class, ITaskHead<THead> => Change(task, t => t.With(TaskHeadFactory.Of(head)), head);

    /// <summary>Gives a task another metric.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="metric">Makes a fresh metric for an evaluation.</param>
    public MultiTaskTrainerBuilder UseMetric(string task, Func<TaskContext, ITaskMetric> metric)
    {
        _ownMetrics.Add(task);
        return Change(task, t => t.With(metric: metric), metric);
    }

    /// <summary>
    /// A pseudo-label policy of a task, in place of the one that the options describe, or of a task that they describe none for, such as a
    /// custom one: its loss then finds the policy's targets in <see cref="StrongViews.PseudoLabels"/>.
    /// </summary>
    /// <param name="task">The task's name.</param>
    /// <param name="policy">Makes the policy of a run, which disposes it.</param>
    public MultiTaskTrainerBuilder UsePseudoLabelPolicy(string task, Func<TrainingContext, IPseudoLabelPolicy> policy)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        ArgumentNullException.ThrowIfNull(policy);
        _policies = _policies.SetItem(task, policy);
        return this;
    }

    /// <summary>How the tasks' losses become one, in place of the balancing that the options describe.</summary>
    /// <param name="balancing">Makes the balancing of a run, which disposes it where it is disposable.</param>
    public MultiTaskTrainerBuilder UseTaskBalancing(Func<TrainingContext, ITaskBalancing> balancing) => With(ref _balancing!, balancing);

    /// <summary>
    /// A sampler in place of the one that the options describe. Beside <see cref="ImbalanceOptions.ResampleExpressions"/>, which the -RS
    /// variants set, it is a fault unless unused options are allowed (<see cref="AllowUnusedOptions"/>): classes would not be balanced.
    /// </summary>
    /// <param name="sampler">
    /// Makes the sampler of a run, which disposes it where it is disposable. It should give every epoch the same length, which the learning
    /// rate's course counts on.
    /// </param>
    public MultiTaskTrainerBuilder UseSampler(Func<TrainingContext, ISampler> sampler) => With(ref _sampler!, sampler);

    /// <summary>A weak view in place of the one that the options describe.</summary>
    /// <param name="view">Makes the view of every row for a run, which disposes it where it is disposable.</param>
    public MultiTaskTrainerBuilder UseWeakView(Func<TrainingContext, IAugmentation> view) => With(ref _weakView!, view);

    /// <summary>A strong view in place of the one that the options describe.</summary>
    /// <param name="view">
    /// Makes the view of the rows that the semi-supervised part asks for, for a run, which disposes it where it is disposable.
    /// </param>
    public MultiTaskTrainerBuilder UseStrongView(Func<TrainingContext, IAugmentation> view) => With(ref _strongView!, view);

    /// <summary>What decides which epoch is the best; the sum of the tasks' primary values (P_MTL) otherwise.</summary>
    /// <param name="score">From each task's score to one number, higher is better; null where undefined.</param>
    public MultiTaskTrainerBuilder UseMonitoredScore(Func<ImmutableSortedDictionary<string, TaskScore>, double?> score) =>
        With(ref _score, score);

    /// <summary>Checks everything and makes the trainer; later changes of the builder do not reach it.</summary>
    /// <exception cref="TrainingConfigurationException">Something cannot work; the message lists every fault.</exception>
    /// <exception cref="ModelFileException">The model to start from cannot be read.</exception>
    public MultiTaskTrainer Build()
    {
        TrainingOptions options = _recipe.CreateFor(_pretrained is not null || _startModel is not null);
        _variant.Apply(options);
        TrainingOptions unchanged = TrainingJson.Copy(options);
        foreach (Action<TrainingOptions> configure in _configure)
        {
            configure(options);
        }

        StartModel? start = _startModel is null ? null : StartModel.Read(_startModel);
        TrainerConfiguration configuration = new()
        {
            PseudoLabelsAreOff = false,
            Options = TrainingJson.Copy(options),
            Unchanged = unchanged,
            AllowUnusedOptions = _allowUnusedOptions,
            Recipe = _recipe,
            Variant = _variant,
            Backbone = _backbone ?? _variant.Backbone ?? start?.Backbone ?? BackboneFactory.ResNet18,
            Pretrained = _pretrained,
            Start = start,
            Device = _device,
            BuiltInTasks = _tasks,
            AddedTasks = [.. _added],
            TaskChanges = [.. _changes],
            ChangedTasks = [.. _changedTasks],
            TasksWithOwnLoss = [.. _ownLosses],
            TasksWithOwnMetric = [.. _ownMetrics],
            Policies = _policies,
            Balancing = _balancing,
            Sampler = _sampler,
            WeakView = _weakView,
            StrongView = _strongView,
            Score = _score,
            Checkpoints = _checkpoints,
            ImageCache = _imageCache,
            LoggerFactory = _loggerFactory,
            Watchers = [.. _watchers],
            Group = _group,
        };

        // Nobody asked for what recipe and variant say of pseudo-labels where there is nothing to give them for.
        if (unchanged.SemiSupervision.Mode == SemiSupervisionMode.PseudoLabels &&
            configuration.Options.SemiSupervision is { Mode: SemiSupervisionMode.PseudoLabels } semiSupervision &&
            semiSupervision.Tasks == unchanged.SemiSupervision.Tasks && configuration.PolicyTasks.IsEmpty)
        {
            semiSupervision.Mode = SemiSupervisionMode.None;
            configuration = configuration with { PseudoLabelsAreOff = true };
        }

        string[] faults = [.. ConfigurationFaults.Of(configuration)];
        return faults.Length == 0 ? new(configuration) : throw new TrainingConfigurationException(faults);
    }

    private MultiTaskTrainerBuilder Change<T>(string task, Func<AffectTask, AffectTask> change, T part)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        ArgumentNullException.ThrowIfNull(part);
        _changedTasks.Add(task);
        _changes.Add(t => t.Name == task ? change(t) : t);
        return this;
    }

    private MultiTaskTrainerBuilder With<T>(ref T field, T value)
        where T : class?
    {
        ArgumentNullException.ThrowIfNull(value);
        field = value;
        return this;
    }
}
