using System.CommandLine;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The options of <c>train</c>, and of the other commands that train.</summary>
/// <param name="purpose">The command.</param>
internal sealed class TrainOptions(TrainPurpose purpose = TrainPurpose.Train)
{
    private readonly Option<string> _data = purpose == TrainPurpose.Audit
        ? CommonOptions.Data("needed to train, and for the faces of the page", required: false)
        : CommonOptions.Data();

    private readonly Option<string> _train = purpose == TrainPurpose.Audit
        ? CommonOptions.Annotations("whose labels are judged")
        : CommonOptions.Train();

    private readonly Option<string> _validation = CommonOptions.Validation(
        "the best epoch is chosen on them; or give --validation-share", required: false);

    private readonly Option<double?> _validationShare = OptionKinds.OptionalNumber(
        "--validation-share",
        "The share of --train to judge by instead; whole people where a column person, subject or identity says of each row whom it " +
            "shows, else whole videos (folders), or rows where all images lie in one folder",
        0.001,
        0.9);
    private readonly Option<string> _out = CommonOptions.Out("DIR", purpose switch
    {
        TrainPurpose.Audit => "audit.html, doubtful.csv, without-suspects.txt",
        TrainPurpose.Search => "the search's folder: table, page, best model, runs",
        _ => "the run's folder: model.safetensors, history.json, report.html, checkpoints",
    });

    private readonly Option<bool> _resume = CommonOptions.Resume(purpose == TrainPurpose.Search
        ? "with the options that it was started with; more --budget is allowed"
        : "with the options that it was started with; more --epochs where the learning rate's course allows it");


    private readonly Option<BackboneStart?> _weights = CommonOptions.Start(
        "the backbone starts from them, from those that come with this program (imagenet), or from scratch (none); imagenet unless " +
            "given, where recipe, variant and backbone allow it");

    private readonly Option<string> _startFrom = OptionKinds.Text(
        "--start-from", "FILE", "A whole model to start from: its backbone, and the heads of tasks that fit", required: false);

    private readonly Option<bool> _frozen = new("--frozen")
    {
        Description = "Train the heads alone, on features that the backbone computes once",
    };

    private readonly Option<string?> _prefix = CommonOptions.Prefix();
    private readonly Option<string> _cache = CommonOptions.Cache("none is kept unless given");
    private readonly Option<int> _size = CommonOptions.Size(112);
    private readonly Option<int?> _batchSize = CommonOptions.BatchSize($"{DefaultBudget.BatchSize} unless given");
    private readonly Option<int?> _epochs = CommonOptions.Epochs(
        $"{DefaultBudget.Epochs} unless given, {DefaultBudget.FrozenEpochs} with --frozen");
    private readonly Option<long> _seed = CommonOptions.Seed(long.MaxValue, 0L);
    private readonly Option<ExpressionClassSet?> _classes = CommonOptions.Classes();
    private readonly Option<string[]?> _tasks = CommonOptions.Tasks();
    private readonly Option<OptionSettings?> _settings = OptionSettings.Create();
    private readonly Option<double?> _learningRate = CommonOptions.LearningRate();
    private readonly Option<double> _hideExpressions = CommonOptions.HideExpressions();
    private readonly Option<double> _hideLabels = CommonOptions.HideLabels();

    private readonly Option<SsMfarVariant?> _variant = OptionKinds.Named(
        "--variant",
        Choices(SsMfarVariant.All.Concat(SsMfarVariant.BeyondPaper).Select(variant => variant.Name)),
        $"The row of the paper's Table 1, or, not the paper's, {string.Join(", ", SsMfarVariant.BeyondPaper.Select(v => v.Name))}; " +
            $"{SsMfarVariant.SsMfar.Name} unless given",
        SsMfarVariant.Parse);

    private readonly Option<TrainingRecipe?> _recipe = OptionKinds.Named(
        "--recipe",
        Choices(TrainingRecipe.All.Select(recipe => recipe.Name)),
        $"The settings to start from; {TrainingRecipe.Recommended.Name} unless given",
        TrainingRecipe.Parse);

    private readonly Option<BackboneFactory?> _backbone = OptionKinds.Named(
        "--backbone",
        Choices(BackboneFactory.All.Select(backbone => backbone.Name)), "The network; the variant's, or resnet18, unless " +
                "given", BackboneFactory.Parse);

    private readonly Option<ChannelOrder> _channelOrder = CommonOptions.ChannelOrder("rgb unless given");
    private readonly Option<ComputeDevice> _device = CommonOptions.Device();
    private readonly Option<TrainingPrecision> _precision = CommonOptions.Precision();

    private readonly Option<ImageFailurePolicy> _onBadImage = OptionKinds.Choice<ImageFailurePolicy>(
        "--on-bad-image", "What happens to an image that cannot be read; an error (default), or left out and counted");

    private readonly Option<string> _tensorBoard = OptionKinds.Text(
        "--tensorboard", "DIR", "Where to write losses, scores and pace as the run goes, as TensorBoard reads them", required: false);

    private readonly Option<bool> _noReport = new("--no-report")
    {
        Description = "Leave out the page about the finished run, for which the validation set is predicted once more",
    };

    private readonly Option<int?> _rankWait = OptionKinds.OptionalNumber(
        "--rank-wait", "How many seconds a process that mpirun started waits for another before it ends all; 600 unless given", 1, 604_800);

    public IEnumerable<Option> All => purpose switch
    {
        TrainPurpose.Audit => Shared.Where(option => option != _hideExpressions && option != _hideLabels),
        TrainPurpose.Search => [.. Shared, _validation, _validationShare],
        _ => [.. Shared, _validation, _validationShare, _tensorBoard, _noReport, _rankWait],
    };

    /// <summary>What the labels are in.</summary>
    public Option<string> Labels => _train;

    /// <summary>The folder that is written.</summary>
    public Option<string> Folder => _out;

    /// <summary>The images.</summary>
    public Option<string> Images => _data;

    /// <summary>The classes in index order.</summary>
    public Option<ExpressionClassSet?> ClassNames => _classes;

    private IEnumerable<Option> Shared =>
    [
        _data, _train, _out, _resume, _variant, _recipe, _backbone, _weights, _startFrom, _frozen,
        _prefix, _channelOrder, _size, _batchSize, _epochs, _learningRate, _settings, _seed, _device, _precision, _classes, _tasks,
        _onBadImage, _cache, _hideExpressions, _hideLabels,
    ];

    public TrainArguments Read(ParseResult parsed)
    {
        TrainArguments arguments = Given(parsed);
        return parsed.GetValue(_weights) is { } start ? arguments with { Start = start }
            : arguments.StartFrom is not null ? arguments with { StartIsDefault = true }
            : arguments with
            {
                Start = BackboneStart.Default(arguments.Recipe, arguments.Variant, TrainerSetup.Backbone(arguments)),
                StartIsDefault = true,
            };
    }

    private TrainArguments Given(ParseResult parsed) => new()
    {
        Data = parsed.GetValue(_data) ?? "",
        Train = parsed.GetRequiredValue(_train),
        Validation = parsed.GetValue(_validation),
        ValidationShare = parsed.GetValue(_validationShare),
        Variant = parsed.GetValue(_variant) ?? SsMfarVariant.SsMfar,
        Recipe = parsed.GetValue(_recipe) ?? TrainingRecipe.Recommended,
        Backbone = parsed.GetValue(_backbone),
        Size = parsed.GetValue(_size),
        BatchSize = parsed.GetValue(_batchSize),
        Epochs = parsed.GetValue(_epochs),
        LearningRate = parsed.GetValue(_learningRate),
        Frozen = parsed.GetValue(_frozen),
        Settings = parsed.GetValue(_settings) ?? OptionSettings.None,
        Seed = parsed.GetValue(_seed),
        StartFrom = parsed.GetValue(_startFrom),
        Prefix = parsed.GetValue(_prefix),
        ChannelOrder = parsed.GetValue(_channelOrder),
        Device = parsed.GetValue(_device),
        Precision = parsed.GetValue(_precision),
        Cache = parsed.GetValue(_cache),
        OnBadImage = parsed.GetValue(_onBadImage),
        HideExpressions = parsed.GetValue(_hideExpressions),
        HideLabels = parsed.GetValue(_hideLabels),
        Classes = parsed.GetValue(_classes),
        Tasks = parsed.GetValue(_tasks) is { Length: > 0 } tasks ? tasks : null,
        Out = parsed.GetRequiredValue(_out),
        Resume = parsed.GetValue(_resume),
        TensorBoard = purpose == TrainPurpose.Train ? parsed.GetValue(_tensorBoard) : null,
        KeepsHistory = purpose == TrainPurpose.Train,
        NoReport = purpose != TrainPurpose.Train || parsed.GetValue(_noReport),
        RankWait = purpose == TrainPurpose.Train && parsed.GetValue(_rankWait) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Verbose = parsed.GetValue(GlobalOptions.Verbose),
    };

    private static string Choices(IEnumerable<string> names) => string.Join('|', names);
}

/// <summary>The commands that train.</summary>
internal enum TrainPurpose
{
    /// <summary><c>train</c>.</summary>
    Train,

    /// <summary><c>audit</c>, which trains on what it judges.</summary>
    Audit,

    /// <summary><c>search</c>.</summary>
    Search,
}
