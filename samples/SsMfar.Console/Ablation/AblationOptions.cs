using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The options of <c>ablate</c>.</summary>
internal sealed class AblationOptions
{
    // The drawn faces' budget: the rows of both tables within an hour on two cores.
    private const int DrawnSize = 64;
    private const int DrawnEpochs = 8;
    private const int DrawnBatchSize = 32;
    private const int GivenSize = 112;

    private readonly Option<string> _out = OptionKinds.Text("--out", "DIR", "The ablation's folder: tables, page, runs");
    private readonly Option<bool> _resume = new("--resume") {
        Description = "Go on with the ablation in --out; rows, recipes and seeds may be added" };
    private readonly Option<string> _data = OptionKinds.Text(
        "--data",
        "DIR",
        "The folder or .zip archive of the images; faces are drawn unless given",
        required: false);
    private readonly Option<string> _train = OptionKinds.Text("--train", "FILE", "The annotations to learn from", required: false);
    private readonly Option<string> _validation = OptionKinds.Text("--validation", "FILE", "The annotations to score on", required: false);
    private readonly Option<ExpressionClassSet?> _classes = OptionKinds.Classes();
    private readonly Option<int> _faces = OptionKinds.Number("--faces", "Faces to draw for training", 16, 10_000_000, 3000);
    private readonly Option<int> _validationFaces = OptionKinds.Number(
        "--validation-faces",
        "Faces to draw for validation",
        16,
        10_000_000,
        1000);
    private readonly Option<bool> _keepModels = new("--keep-models") { Description = "Keep each run's best model in its folder" };
    private readonly Option<bool> _plan = new("--plan") { Description = "Print every row's effective configuration, and train nothing" };
    private readonly Option<string> _cache = OptionKinds.Text(
        "--cache",
        "DIR",
        "The folder of decoded images; --out's own unless given",
        required: false);
    private readonly Option<int?> _size = OptionKinds.OptionalNumber(
        "--size",
        $"Pixels a side of the network's input; {DrawnSize} for drawn faces, else {GivenSize}",
        32,
        1024);
    private readonly Option<int?> _batchSize = OptionKinds.OptionalNumber(
        "--batch-size",
        $"Images in a batch; {DrawnBatchSize} for drawn faces, else {DefaultBudget.BatchSize}",
        2,
        65_536);
    private readonly Option<int?> _epochs = OptionKinds.OptionalNumber(
        "--epochs",
        $"Passes over the training set; {DrawnEpochs} for drawn faces, else {DefaultBudget.Epochs}",
        1,
        100_000);
    private readonly Option<ComputeDevice> _device = OptionKinds.Device();
    private readonly Option<OptionSettings?> _settings = OptionSettings.Create();

    private readonly Option<double?> _learningRate = OptionKinds.OptionalNumber(
        "--learning-rate", "The peak learning rate of backbone and heads in every run; the recipe's unless given", 1e-9, 1.0);

    private readonly Option<double> _hide = OptionKinds.Number(
        "--hide-expression", "The share of training expression labels to hide, to study learning from few", 0.0, 1.0, 0.0);

    private readonly Option<ImageGrouping> _grouping = OptionKinds.Choice<ImageGrouping>(
        "--group-by", "What is drawn for the intervals of differences: rows (default), or all images of a video or an identity together");

    private readonly Option<ChannelOrder> _channelOrder = OptionKinds.Choice<ChannelOrder>(
        "--channel-order", "The order of the images that the weights were trained on; rgb unless given");

    private readonly Option<TrainingPrecision> _precision = OptionKinds.Choice<TrainingPrecision>(
        "--precision", "The backbone's number format in training; auto takes bfloat16 on CUDA devices that have it in hardware");

    private readonly Option<Several<SsMfarVariant>?> _variants = OptionKinds.Named(
        "--variants", "A,B,...", $"Rows of the paper's Table 1; all unless given: " +
            $"{string.Join(", ", SsMfarVariant.All.Select(v => v.Name))}", text => List(text, SsMfarVariant.Parse));

    private readonly Option<Several<TrainingRecipe>?> _recipes = OptionKinds.Named(
        "--recipes", "A,B,...", $"Settings to start from, a table for each: " +
            $"{string.Join(", ", TrainingRecipe.All.Select(r => r.Name))}; recommended unless " +
            "given", text => List(text, TrainingRecipe.Parse));

    private readonly Option<Several<long>?> _seeds = OptionKinds.Named(
        "--seeds",
        "A,B,...",
        "Each row is run with each seed; 1 unless given",
        text => List(text, ParseSeed));

    private readonly Option<Several<int>?> _tables = OptionKinds.Named(
        "--tables", "1|2|1,2", "For drawn faces: the paper's Table 1, or its Table 2 (six expressions alone); both unless " +
            "given", text => List(text, ParseTable));

    private readonly Option<WeightFiles?> _weights = new("--weights")
    {
        HelpName = "NAME=FILE",
        Description = $"Pretrained backbone weights, may be repeated; NAME is one of {string.Join(", ", WeightFiles.Names)}",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseWeights,
    };

    public AblationOptions() => _hide.Aliases.Add("--hide-expressions");

    public IEnumerable<Option> All =>
    [
        _out, _resume, _data, _train, _validation, _classes, _faces, _validationFaces, _tables, _variants, _recipes, _seeds, _weights, _channelOrder,
        _size, _batchSize, _epochs, _learningRate, _settings, _hide, _grouping, _device, _precision, _cache, _keepModels, _plan,
    ];

    public AblationArguments Read(ParseResult parsed)
    {
        GivenData? given = Given(parsed);
        ImmutableArray<SsMfarVariant> variants = parsed.GetValue(_variants)?.Values ?? SsMfarVariant.All;
        string output = parsed.GetRequiredValue(_out);
        return new()
        {
            Given = given,
            Faces = parsed.GetValue(_faces),
            ValidationFaces = parsed.GetValue(_validationFaces),
            Tables = parsed.GetValue(_tables)?.Values ?? [1, 2],
            Variants = [.. SsMfarVariant.All.Where(variants.Contains)],
            Recipes = parsed.GetValue(_recipes)?.Values ?? [TrainingRecipe.Recommended],
            Seeds = parsed.GetValue(_seeds)?.Values ?? [1],
            Weights = parsed.GetValue(_weights) ?? WeightFiles.None,
            ChannelOrder = parsed.GetValue(_channelOrder),
            Size = parsed.GetValue(_size) ?? (given is null ? DrawnSize : GivenSize),
            BatchSize = parsed.GetValue(_batchSize) ?? (given is null ? DrawnBatchSize : null),
            Epochs = parsed.GetValue(_epochs) ?? (given is null ? DrawnEpochs : null),
            LearningRate = parsed.GetValue(_learningRate),
            Settings = parsed.GetValue(_settings) ?? OptionSettings.None,
            HideExpressions = parsed.GetValue(_hide),
            Grouping = parsed.GetValue(_grouping),
            Device = parsed.GetValue(_device),
            Precision = parsed.GetValue(_precision),
            Cache = parsed.GetValue(_cache),
            Out = output,
            Resume = parsed.GetValue(_resume),
            PlanOnly = parsed.GetValue(_plan),
            KeepModels = parsed.GetValue(_keepModels),
            Verbose = parsed.GetValue(GlobalOptions.Verbose),
        };
    }

    private GivenData? Given(ParseResult parsed)
    {
        string?[] files = [parsed.GetValue(_data), parsed.GetValue(_train), parsed.GetValue(_validation)];
        return files switch
        {
            [null, null, null] when parsed.GetValue(_classes) is not null =>
                throw new BadInputException("--classes goes with --data, --train and --validation; drawn faces have their own classes."),
            [null, null, null] => null,
            [not null, not null, not null] when new Option[] { _tables, _faces, _validationFaces }.FirstOrDefault(
                option => parsed.GetResult(option) is { Implicit: false }) is { } drawn =>
                throw new BadInputException($"{drawn.Name} is about drawn faces, and --data names others: leave one of the two out."),
            [{ } data, { } train, { } validation] => new(data, train, validation, parsed.GetValue(_classes) ?? ExpressionClassSet.AffWild2),
            _ => throw new BadInputException("--data, --train and --validation go together: give all three, or none for drawn faces."),
        };
    }

    private static Several<T> List<T>(string text, Func<string, T> parse)
    {
        ImmutableArray<T> values = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(parse)];
        return values.Distinct().Count() == values.Length ? new(values) : throw new FormatException("must not name anything twice.");
    }

    private static long ParseSeed(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seed)
        ? seed
        : throw new FormatException("must be whole numbers from 0, parted by commas.");

    private static int ParseTable(string text) => text switch
    {
        "1" => 1,
        "2" => 2,
        _ => throw new FormatException("must be 1, 2 or 1,2."),
    };

    private static WeightFiles? ParseWeights(ArgumentResult result)
    {
        WeightFiles files = WeightFiles.None;
        foreach (Token token in result.Tokens)
        {
            try
            {
                files = files.With(token.Value);
            }
            catch (FormatException fault)
            {
                result.AddError($"--weights '{token.Value}': {fault.Message}");
                return null;
            }
        }

        return files;
    }

    // An option of an array's type would be an empty array, not null, when it is not given.
    private sealed record Several<T>(ImmutableArray<T> Values);
}
