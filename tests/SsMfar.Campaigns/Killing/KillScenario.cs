using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Killing;

/// <summary>A command that is killed.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Arguments">Its command line, of where it writes.</param>
/// <param name="Compared">Whether a file that it leaves has to be the same to the byte, of its path in the output.</param>
internal sealed record KillScenario(string Name, Func<string, string[]> Arguments, Func<string, bool> Compared)
{
    /// <summary>Gets what the same command is given besides, where something is there already.</summary>
    public string[] Again { get; init; } = [];
}

/// <summary>The commands that write, on drawn faces and a small model.</summary>
/// <param name="folder">Where everything lies.</param>
internal sealed class KillScenarios(TemporaryFolder folder)
{
    private static readonly string[] Training =
    [
        "--size", "32", "--batch-size", "32", "--weights", "none", "--device", "cpu", "--seed", "7",
    ];

    /// <summary>Gets the commands.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["train", "train-cache", "ablate", "predict", "predict-shard", "render", "export", "tune"];

    private string Data => folder["data"];

    private string Train => Path.Combine(Data, "train.txt");

    private string Validation => Path.Combine(Data, "validation.txt");

    private string Model => Path.Combine(folder["model"], "model.safetensors");

    /// <summary>Makes what the commands need, and gives them.</summary>
    public IEnumerable<KillScenario> All()
    {
        Programs.RequireConsole("render", "--out", Data, "--faces", "64", "--validation-faces", "32", "--size", "48", "--seed", "3");
        Programs.RequireConsole(TrainInto(folder["model"], "2"));
        string[] data = ["--data", Data, "--annotations", Validation];
        return
        [
            new("train", output => TrainInto(output, "4"), IsModel) { Again = ["--resume"] },
            new("train-cache", output => [.. TrainInto(output, "1"), "--cache", Path.Combine(output, "..", "cache")],
                file => IsModel(file) || Path.GetFileName(Path.GetDirectoryName(file)) == "cache")
            {
                Again = ["--resume"],
            },
            new(
                "ablate",
                output =>
                [
                    "ablate", "--out", output, "--faces", "64", "--validation-faces", "32", "--size", "32", "--epochs", "1",
                    "--batch-size", "32", "--device", "cpu", "--variants", "mfar,ss-mfar", "--tables", "1", "--keep-models",
                ],
                file => IsModel(file) || Path.GetFileName(file) is "table.csv" or "table.txt" or "differences.csv")
            {
                Again = ["--resume"],
            },
            new(
                "predict",
                output => ["predict", "--model", Model, "--list", Train, "--data", Data, "--device", "cpu", "--out", output + ".txt",
                    "--probabilities", output + ".csv"],
                _ => true),
            new(
                "predict-shard",
                output => ["predict", "--model", Model, "--list", Train, "--data", Data, "--device", "cpu", "--out", output + ".txt",
                    "--shard", "1/2"],
                _ => true),
            new(
                "render", output => ["render", "--out", output, "--faces", "48", "--validation-faces", "16", "--size", "48"], _ => true),
            new("export", output => ["export", "--model", Model, "--out", output + ".onnx"], _ => true),
            new("tune", output => ["tune", "--model", Model, .. data, "--accept", "always", "--out", output + ".safetensors", "--device",
                "cpu"], _ => true),
        ];
    }

    private static bool IsModel(string file) => Path.GetFileName(file) == "model.safetensors";

    private string[] TrainInto(string output, string epochs) =>
    [
        "train", "--data", Data, "--train", Train, "--validation", Validation, .. Training, "--epochs", epochs, "--no-report",
        "--out", output,
    ];
}
