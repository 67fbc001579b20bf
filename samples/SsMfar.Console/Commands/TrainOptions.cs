using System.CommandLine;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The options of <c>train</c>.</summary>
internal sealed class TrainOptions
{
    private readonly Option<string> _data = OptionKinds.Text(
        "--data",
        "DIR",
        "The folder or .zip archive that image names are relative to");
    private readonly Option<string> _train = OptionKinds.Text("--train", "FILE", "The annotations to learn from");
    private readonly Option<string> _validation = OptionKinds.Text(
        "--validation",
        "FILE",
        "The annotations that the best epoch is chosen on");
    private readonly Option<string> _out = OptionKinds.Text(
        "--out",
        "DIR",
        "The run's folder: model.safetensors, history.json, checkpoints");
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with the run in --out" };
    private readonly Option<string> _weights = OptionKinds.Text(
        "--weights",
        "FILE",
        "Pretrained backbone weights: a safetensors or PyTorch (.pth) file",
        required: false);
    private readonly Option<string?> _prefix = OptionKinds.Prefix();
    private readonly Option<string> _cache = OptionKinds.Text(
        "--cache",
        "DIR",
        "A folder that keeps decoded images from run to run",
        required: false);
    private readonly Option<int> _size = OptionKinds.Number("--size", "Pixels a side of the network's input", 32, 1024, 112);
    private readonly Option<int?> _batchSize = OptionKinds.OptionalNumber(
        "--batch-size",
        $"Images in a batch; {DefaultBudget.BatchSize} unless given",
        2,
        65_536);
    private readonly Option<int?> _epochs = OptionKinds.OptionalNumber(
        "--epochs",
        $"Passes over the training set; {DefaultBudget.Epochs} unless given",
        1,
        100_000);
    private readonly Option<long> _seed = OptionKinds.Number(
        "--seed",
        "Every random choice follows from this number",
        0L,
        long.MaxValue,
        0L);
    private readonly Option<ExpressionClassSet?> _classes = OptionKinds.Classes();
    private readonly Option<string[]?> _tasks = OptionKinds.Tasks();
    private readonly Option<OptionSettings?> _settings = OptionSettings.Create();

    private readonly Option<double?> _learningRate = OptionKinds.OptionalNumber(
        "--learning-rate", "The peak learning rate of backbone and heads; the recipe's unless given", 1e-9, 1.0);

    private readonly Option<double> _hideExpressions = OptionKinds.Number(
        "--hide-expressions", "The share of training expression labels to hide, to study learning from few", 0.0, 1.0, 0.0);

    private readonly Option<SsMfarVariant?> _variant = OptionKinds.Named(
        "--variant",
        Choices(SsMfarVariant.All.Select(variant => variant.Name)),
        $"The row of the paper's Table 1; {SsMfarVariant.SsMfar.Name} unless given",
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

    private readonly Option<ChannelOrder> _channelOrder = OptionKinds.Choice<ChannelOrder>(
        "--channel-order", "The order of the images that the weights were trained on; rgb unless given");

    private readonly Option<ComputeDevice> _device = OptionKinds.Device();

    private readonly Option<TrainingPrecision> _precision = OptionKinds.Choice<TrainingPrecision>(
        "--precision", "The backbone's number format in training; auto takes bfloat16 on CUDA devices that have it in hardware");

    private readonly Option<ImageFailurePolicy> _onBadImage = OptionKinds.Choice<ImageFailurePolicy>(
        "--on-bad-image", "What happens to an image that cannot be read: an error, the default, or left out and counted");

    public IEnumerable<Option> All =>
    [
        _data, _train, _validation, _out, _resume, _variant, _recipe, _backbone, _weights, _prefix, _channelOrder, _size, _batchSize, _epochs,
        _learningRate, _settings, _seed, _device, _precision, _classes, _tasks, _onBadImage, _cache, _hideExpressions,
    ];

    public TrainArguments Read(ParseResult parsed) => new()
    {
        Data = parsed.GetRequiredValue(_data),
        Train = parsed.GetRequiredValue(_train),
        Validation = parsed.GetRequiredValue(_validation),
        Variant = parsed.GetValue(_variant) ?? SsMfarVariant.SsMfar,
        Recipe = parsed.GetValue(_recipe) ?? TrainingRecipe.Recommended,
        Backbone = parsed.GetValue(_backbone),
        Size = parsed.GetValue(_size),
        BatchSize = parsed.GetValue(_batchSize),
        Epochs = parsed.GetValue(_epochs),
        LearningRate = parsed.GetValue(_learningRate),
        Settings = parsed.GetValue(_settings) ?? OptionSettings.None,
        Seed = parsed.GetValue(_seed),
        Weights = parsed.GetValue(_weights),
        Prefix = parsed.GetValue(_prefix),
        ChannelOrder = parsed.GetValue(_channelOrder),
        Device = parsed.GetValue(_device),
        Precision = parsed.GetValue(_precision),
        Cache = parsed.GetValue(_cache),
        OnBadImage = parsed.GetValue(_onBadImage),
        HideExpressions = parsed.GetValue(_hideExpressions),
        Classes = parsed.GetValue(_classes) ?? ExpressionClassSet.AffWild2,
        Tasks = parsed.GetValue(_tasks) is { Length: > 0 } tasks ? tasks : null,
        Out = parsed.GetRequiredValue(_out),
        Resume = parsed.GetValue(_resume),
        Verbose = parsed.GetValue(GlobalOptions.Verbose),
    };

    private static string Choices(IEnumerable<string> names) => string.Join('|', names);
}
