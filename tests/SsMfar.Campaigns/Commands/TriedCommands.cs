using System.CommandLine;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Commands;

/// <summary>All commands of the console that write files, and those that only read, each on the smallest input that there is.</summary>
/// <param name="folder">Where everything lies; null where only the commands' names are asked for.</param>
internal sealed class TriedCommands(TemporaryFolder? folder)
{
    private const string Every = "all";

    private static readonly string[] Resume = ["--resume"];

    private readonly CommandInputs _inputs = new(folder);

    /// <summary>Which commands are meant.</summary>
    /// <param name="writing">Whether those that write no file cannot be.</param>
    /// <param name="others">Words that are accepted besides, and mean none of them.</param>
    public static Argument<string[]> Argument(bool writing = true, params string[] others)
    {
        string[] names =
        [
            .. new TriedCommands(folder: null).All().Where(command => command.Writes || !writing).Select(command => command.Name),
        ];
        Argument<string[]> chosen = new("COMMAND")
        {
            Description = $"{string.Join(", ", [Every, .. others])}, or some of {string.Join(", ", names)}",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [Every],
        };
        chosen.AcceptOnlyFromAmong([Every, .. others, .. names]);
        return chosen;
    }

    /// <summary>Those that are meant.</summary>
    public TriedCommand[] Chosen(string[] names, bool writing = true) =>
    [
        .. All().Where(command => (command.Writes || !writing) && (names.Contains(Every) || names.Contains(command.Name))),
    ];

    // Inputs are made when a command line is.
    private IEnumerable<TriedCommand> All() =>
        [.. Trainings(), .. Predictions(), .. Photographs(), .. Labels(), .. Models(), .. Readers()];

    private IEnumerable<TriedCommand> Trainings() =>
    [
        new("train", output => _inputs.TrainInto(output, "3", "--no-report")) { IsCompared = IsModel, Again = Resume },
        new("train-report", output => _inputs.TrainInto(output, "1", "--tensorboard", Beside(output, "events")))
        {
            IsCompared = IsModel, Again = Resume,
        },
        new("train-cache", output => _inputs.TrainInto(output, "1", "--no-report", "--cache", Beside(output, "cache")))
        {
            IsCompared = file => IsModel(file) || IsIn(file, "cache"), Again = Resume,
        },
        new("ablate", output => [.. Ablation, "--out", output, "--keep-models"])
        {
            IsCompared = file => IsModel(file) || IsIn(file, "figures") || IsIn(file, "images") || IsAnyOf(
                file, "table.csv", "table.txt", "runs.csv", "differences.csv", "ablation.json", "budget.json", "predictions.txt"),
            Again = Resume,
        },
        new("ablate-shard", output => [.. Ablation, "--out", output, "--shard", "1/2"])
        {
            IsCompared = file => IsAnyOf(file, "budget.json", "predictions.txt"),
        },
        new("gather-ablate", output => ["gather", "--out", output, .. _inputs.Parts("ablate", Ablation)]),
        new(
            "search",
            output =>
            [
                "search", "--data", _inputs.Data, "--train", _inputs.Train, "--validation", _inputs.Validation,
                .. CommandInputs.SmallTraining, "--epochs", "1", "--space", _inputs.Space, "--budget", "2", "--out", output,
            ])
        {
            IsCompared = file => IsModel(file) || IsAnyOf(file, "table.txt", "table.csv", "search.json", "best.txt"), Again = Resume,
        },
        new(
            "audit",
            output =>
            [
                "audit", "--data", _inputs.Data, "--annotations", _inputs.Train, .. CommandInputs.SmallTraining, "--epochs", "1",
                "--model-folds", "2", "--page-faces", "2", "--set", "Imbalance.WeightCap=10", "--out", output,
            ])
        {
            IsCompared = file => IsModel(file) || IsAnyOf(file, "audit.html", "doubtful.csv", "without-suspects.txt", "predictions.csv"),
            Again = Resume,
        },
        new("demo", output => ["--quick", "--out", output])
        {
            IsCompared = file => IsModel(file) || IsIn(file, "images") || IsAnyOf(file, "predictions.txt", "train.txt", "validation.txt"),
        },
    ];

    private IEnumerable<TriedCommand> Predictions() =>
    [
        new("predict", output => [.. Prediction, "--out", output + ".txt", "--probabilities", output + ".csv"]),
        new("predict-shard", output => [.. Prediction, "--out", output + ".txt", "--shard", "1/2"]),
        new("gather", output => ["gather", "--out", output + ".txt", .. _inputs.Parts("predict", Prediction)]),
        new(
            "tune",
            output =>
            [
                "tune", "--model", _inputs.Model, "--data", _inputs.Data, "--annotations", _inputs.Validation, "--accept", "always",
                "--device", "cpu", "--out", output + ".safetensors", "--report", output + ".html",
            ]),
        new("smooth", output => ["smooth", "--predictions", _inputs.Predictions, "--sigma", "2", "--out", output + ".txt",
            "--probabilities", output + ".csv"]),
        new("report", output => ["report", "--predictions", _inputs.Predictions, "--annotations", _inputs.Validation, "--data",
            _inputs.Data, "--bootstrap", "20", "--out", output]),
    ];

    private IEnumerable<TriedCommand> Photographs() =>
    [
        new("faces", output => ["faces", "--images", _inputs.Frames, "--model", _inputs.Model, "--detector", _inputs.Detector, "--device",
            "cpu", "--out", output + ".csv", "--draw", output + "-marked"]),
        new("align", output => [.. Alignment, "--out", output]),
        new("align-shard", output => [.. Alignment, "--out", output, "--shard", "1/2"]),
        new("gather-align", output => ["gather", "--out", output, .. _inputs.Parts("align", Alignment)]),
        new("video", output => [.. Video, "--resume", "--out", output + ".csv", "--page", output + ".html", "--draw", output + "-marked"]),
        new("video-parquet", output => [.. Video, "--format", "parquet", "--smooth", "0.1", "--out", output + ".parquet"]),
        new("video-shard", output => [.. Video, "--resume", "--out", output + ".csv", "--shard", "1/2"]),
        new("gather-video", output => ["gather", "--out", output + ".csv", .. _inputs.Parts("video", Video)]),
    ];

    private IEnumerable<TriedCommand> Labels() =>
    [
        new("render", output => ["render", "--out", output, "--faces", "48", "--validation-faces", "16", "--size", "48"]),
        new("import", output => ["import", "--csv", _inputs.Ratings, "--map", "image=File,expression=Emotion,valence=valence", "--out",
            output + ".txt"]),
        new("merge", output => ["merge", "--out", output + ".txt", _inputs.Train + "=one", _inputs.Validation + "=two"]),
        new("split", output => ["split", "--annotations", _inputs.Train, "--share", "0.25", "--out", output]),
    ];

    private IEnumerable<TriedCommand> Models() =>
    [
        new("export", output => ["export", "--model", _inputs.Model, "--out", output + ".onnx"]),
        new("convert", output => ["convert", "--weights", _inputs.Published, "--size", "64", "--out", output + ".safetensors"]),
        new("card", output => ["card", "--model", _inputs.Model, "--describe", _inputs.Card, "--scores", _inputs.Report, "--out",
            output + ".safetensors", "--markdown", output + ".md"]),
    ];

    private IEnumerable<TriedCommand> Readers() =>
    [
        new("stats", _ => ["stats", "--annotations", _inputs.Train]) { Writes = false },
        new("score", _ => ["score", "--annotations", _inputs.Validation, "--predictions", _inputs.Predictions]) { Writes = false },
        new("evaluate", _ => ["evaluate", "--model", _inputs.Model, "--data", _inputs.Data, "--annotations", _inputs.Validation, "--device",
            "cpu"]) { Writes = false },
        new("inspect", _ => ["inspect", _inputs.Model]) { Writes = false },
    ];

    // An ablation draws its own faces, and its rows are of the paper's network.
    private static string[] Ablation =>
    [
        "ablate", "--faces", "64", "--validation-faces", "32", "--size", "32", "--epochs", "1", "--batch-size", "32", "--device", "cpu",
        "--precision", "full", "--variants", "mfar,ss-mfar", "--tables", "1",
    ];

    private string[] Prediction =>
        ["predict", "--model", _inputs.Model, "--list", _inputs.Train, "--data", _inputs.Data, "--device", "cpu"];

    private string[] Alignment =>
    [
        "align", "--images", _inputs.Frames, "--annotations", _inputs.FrameLabels, "--detector", _inputs.Detector, "--template", "box",
        "--size", "48",
    ];

    private string[] Video =>
        ["video", "--input", _inputs.Frames, "--boxes", _inputs.Boxes, "--model", _inputs.Model, "--device", "cpu"];

    private static string Beside(string output, string name) => Path.Combine(Path.GetDirectoryName(output)!, name);

    private static bool IsModel(string file) => Path.GetFileName(file) == "model.safetensors";

    private static bool IsIn(string file, string folder) => Path.GetDirectoryName(file)?.Split('/').Contains(folder) == true;

    private static bool IsAnyOf(string file, params ReadOnlySpan<string> names) => names.Contains(Path.GetFileName(file));
}
