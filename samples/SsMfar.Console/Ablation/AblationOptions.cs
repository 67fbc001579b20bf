using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The options of <c>ablate</c>.</summary>
internal sealed class AblationOptions
{
    /// <summary>The name of the option that trains nothing.</summary>
    public const string PlanName = "--plan";

    // The drawn faces' budget: the rows of both tables within an hour on two cores.
    private const int DrawnSize = 64;
    private const int DrawnEpochs = 8;
    private const int DrawnBatchSize = 32;
    private const int GivenSize = 112;

    private readonly Option<string> _out = CommonOptions.Out("DIR", "the ablation's folder: tables, page, runs");
    private readonly Option<bool> _resume = CommonOptions.Resume("rows, recipes and seeds may be added");
    private readonly Option<string> _data = CommonOptions.Data("faces are drawn unless given", required: false);
    private readonly Option<string> _train = CommonOptions.Train(required: false);
    private readonly Option<string> _validation = CommonOptions.Validation("every score is of them", required: false);
    private readonly Option<ExpressionClassSet?> _classes = CommonOptions.Classes();
    private readonly Option<int> _faces = CommonOptions.Faces(16, 3000);
    private readonly Option<int> _validationFaces = CommonOptions.ValidationFaces(16, 1000);
    private readonly Option<bool> _keepModels = new("--keep-models") { Description = "Keep each run's best model in its folder" };
    private readonly Option<bool> _plan = new(PlanName) { Description = "Print every row's effective configuration, and train nothing" };
    private readonly Option<string> _cache = CommonOptions.Cache("in --out unless given");
    private readonly Option<int?> _size = CommonOptions.Size($"{DrawnSize} for drawn faces, else {GivenSize}");
    private readonly Option<int?> _batchSize = CommonOptions.BatchSize($"{DrawnBatchSize} for drawn faces, else {DefaultBudget.BatchSize}");
    private readonly Option<int?> _epochs = CommonOptions.Epochs($"{DrawnEpochs} for drawn faces, else {DefaultBudget.Epochs}");
    private readonly Option<ComputeDevice> _device = CommonOptions.Device();
    private readonly Option<OptionSettings?> _settings = OptionSettings.Create();
    private readonly Option<double?> _learningRate = CommonOptions.LearningRate();
    private readonly Option<double> _hideExpressions = CommonOptions.HideExpressions();
    private readonly Option<double> _hideLabels = CommonOptions.HideLabels();
    private readonly Option<ImageGrouping> _grouping = CommonOptions.GroupBy("drawn for the intervals of differences");
    private readonly Option<BackboneStart?> _weights = CommonOptions.Start(
        "every row starts from them that --pretrained names none for and that is not about training from scratch; imagenet are those " +
            "that come with this program; none unless given");

    private readonly Option<ChannelOrder> _channelOrder = CommonOptions.ChannelOrder("rgb unless given");
    private readonly Option<TrainingPrecision> _precision = CommonOptions.Precision();

    private readonly Option<Several<SsMfarVariant>?> _variants = OptionKinds.Named(
        "--variants", "A,B,...", $"Rows of the paper's Table 1; all unless given: " +
            $"{string.Join(", ", SsMfarVariant.All.Select(v => v.Name))}; or, not the paper's, " +
            $"{string.Join(", ", SsMfarVariant.BeyondPaper.Select(v => v.Name))}",
        text => Several<SsMfarVariant>.Of(text, SsMfarVariant.Parse));

    private readonly Option<Several<TrainingRecipe>?> _recipes = OptionKinds.Named(
        "--recipes", "A,B,...", $"Settings to start from, a table for each: " +
            $"{string.Join(", ", TrainingRecipe.All.Select(r => r.Name))}; recommended unless " +
            "given", text => Several<TrainingRecipe>.Of(text, TrainingRecipe.Parse));

    private readonly Option<Several<long>?> _seeds = CommonOptions.Seeds("1 unless given");

    private readonly Option<Several<int>?> _tables = OptionKinds.Named(
        "--tables", "1|2|1,2", "For drawn faces: the paper's Table 1, or its Table 2 (six expressions alone, of ss-mfar); " +
            "both unless given", text => Several<int>.Of(text, ParseTable));

    private readonly Option<Shard?> _shard = Shard.Option();

    private readonly Option<WeightFiles?> _pretrained = new("--pretrained")
    {
        HelpName = "NAME=FILE",
        Description = $"Pretrained backbone weights, may be repeated; NAME is one of {string.Join(", ", WeightFiles.Names)}",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParsePretrained,
    };

    public IEnumerable<Option> All =>
    [
        _out, _resume, _data, _train, _validation, _classes, _faces, _validationFaces, _tables, _variants, _recipes, _seeds, _weights,
        _pretrained, _channelOrder, _size, _batchSize, _epochs, _learningRate, _settings, _hideExpressions, _hideLabels, _grouping, _device,
        _precision, _cache, _keepModels, _plan, _shard,
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
            Tables = parsed.GetValue(_tables)?.Values ?? (variants.Contains(SsMfarVariant.SsMfar) ? [1, 2] : [1]),
            Variants = [.. SsMfarVariant.All.Concat(SsMfarVariant.BeyondPaper).Where(variants.Contains)],
            Recipes = parsed.GetValue(_recipes)?.Values ?? [TrainingRecipe.Recommended],
            Seeds = parsed.GetValue(_seeds)?.Values ?? [1],
            Weights = (parsed.GetValue(_pretrained) ?? WeightFiles.None).Else(parsed.GetValue(_weights) ?? BackboneStart.FromScratch),
            ChannelOrder = parsed.GetValue(_channelOrder),
            Size = parsed.GetValue(_size) ?? (given is null ? DrawnSize : GivenSize),
            BatchSize = parsed.GetValue(_batchSize) ?? (given is null ? DrawnBatchSize : null),
            Epochs = parsed.GetValue(_epochs) ?? (given is null ? DrawnEpochs : null),
            LearningRate = parsed.GetValue(_learningRate),
            Settings = parsed.GetValue(_settings) ?? OptionSettings.None,
            HideExpressions = parsed.GetValue(_hideExpressions),
            HideLabels = parsed.GetValue(_hideLabels),
            Grouping = parsed.GetValue(_grouping),
            Device = parsed.GetValue(_device),
            Precision = parsed.GetValue(_precision),
            Cache = parsed.GetValue(_cache),
            Out = output,
            Resume = parsed.GetValue(_resume),
            Shard = parsed.GetValue(_shard),
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
            [{ } data, { } train, { } validation] => new(data, train, validation, parsed.GetValue(_classes)),
            _ => throw new BadInputException("--data, --train and --validation go together: give all three, or none for drawn faces."),
        };
    }

    private static int ParseTable(string text) => text switch
    {
        "1" => 1,
        "2" => 2,
        _ => throw new FormatException("must be 1, 2 or 1,2."),
    };

    private static WeightFiles? ParsePretrained(ArgumentResult result)
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
                result.AddError($"--pretrained '{token.Value}': {fault.Message}");
                return null;
            }
        }

        return files;
    }
}
