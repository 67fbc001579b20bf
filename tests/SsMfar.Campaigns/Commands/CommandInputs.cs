using System.Globalization;
using System.Text;
using SsMfar.Campaigns.Shell;
using SsMfar.Runtime;
using SsMfar.Tests.Faces;
using SsMfar.Tests.Models;
using SsMfar.Tests.Weights.PyTorch;
using TorchSharp;

namespace SsMfar.Campaigns.Commands;

/// <summary>What commands read, as small as it may be, each made when it is first asked for.</summary>
/// <param name="folder">Where it lies; null where nothing is asked for.</param>
internal sealed class CommandInputs(TemporaryFolder? folder)
{
    private const int FrameSide = 48;
    private const int FrameCount = 6;

    /// <summary>Gets options of every training: small, and the same bits each time.</summary>
    public static string[] SmallTraining { get; } =
    [
        "--backbone", "mobilefacenet", "--size", "32", "--batch-size", "32", "--weights", "none", "--device", "cpu", "--precision", "full",
        "--seed", "7",
    ];

    /// <summary>Gets drawn faces, with <see cref="Train"/> and <see cref="Validation"/>.</summary>
    public string Data => Made("data", path => Programs.RequireConsole(
        "render", "--out", path, "--faces", "64", "--validation-faces", "32", "--size", "48", "--seed", "3"));

    public string Train => Path.Combine(Data, "train.txt");

    public string Validation => Path.Combine(Data, "validation.txt");

    public string Model => Path.Combine(
        Made("run", path => Programs.RequireConsole(TrainInto(path, "1", "--no-report"))), "model.safetensors");

    /// <summary>Gets a checkpoint in the layout of the published code.</summary>
    public string Published => Made("best.pth", path =>
    {
        TorchRuntime.Initialize();
        using DisposeScope scope = torch.NewDisposeScope();
        PyTorchForge.Save(path, PublishedLayout.TensorsOf(Build.Paper(), "state_dict.module."));
    });

    /// <summary>Gets the probabilities of the validation set.</summary>
    public string Predictions => Made("predictions.csv", path => Programs.RequireConsole(
        "predict", "--model", Model, "--list", Validation, "--data", Data, "--device", "cpu", "--probabilities", path));

    public string Report => Path.Combine(Made("report", path => Programs.RequireConsole(
        "report", "--predictions", Predictions, "--annotations", Validation, "--bootstrap", "20", "--out", path)), "report.json");

    /// <summary>Gets a folder of numbered pictures.</summary>
    public string Frames => Made("frames", path =>
    {
        string[] pictures = [.. Directory.EnumerateFiles(Data, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Directory.CreateDirectory(path);
        for (int i = 0; i < FrameCount; i++)
        {
            File.Copy(pictures[i], Path.Combine(path, FrameName(i)));
        }
    });

    /// <summary>Gets where the faces of <see cref="Frames"/> are.</summary>
    public string Boxes => Made("boxes.csv", path => File.WriteAllLines(path,
    [
        "image,x,y,width,height",
        .. Enumerable.Range(0, FrameCount).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{FrameName(i)},0,0,{FrameSide},{FrameSide}")),
    ]));

    /// <summary>Gets annotations of <see cref="Frames"/>.</summary>
    public string FrameLabels => Made("frames.txt", path => File.WriteAllLines(path,
    [
        "image,valence,arousal,expression",
        .. Enumerable.Range(0, FrameCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"{FrameName(i)},0.5,0.25,{i}")),
    ]));

    /// <summary>Gets a detector that finds the same faces in every picture.</summary>
    public string Detector => Made("detector.onnx", path => File.WriteAllBytes(
        path, DetectorFiles.Scrfd(width: 64, height: 64, seed: 1, [8, 16, 32], anchors: 2)));

    public string Ratings => Made("ratings.csv", path => File.WriteAllLines(path,
    [
        "File,Emotion,valence", .. Enumerable.Range(0, 40).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"a{i}.jpg,{(i % 2 == 0 ? "Happiness" : "Anger")},0.{i % 10}")),
    ]));

    public string Card => Made("card.json", path => File.WriteAllText(
        path, """{ "name": "Faces of a campaign", "limitations": ["They are drawn."] }""", Encoding.UTF8));

    public string Space => Made("space.txt", path => File.WriteAllText(path, "Optimizer.HeadLearningRate = 0.001, 0.002\n"));

    /// <summary>Makes both parts of a command.</summary>
    /// <param name="name">What they are called.</param>
    /// <param name="arguments">The command line without <c>--out</c> and <c>--shard</c>.</param>
    public string[] Parts(string name, string[] arguments) =>
    [
        .. Enumerable.Range(1, 2).Select(part => Made(string.Create(CultureInfo.InvariantCulture, $"{name}-{part}"), path =>
            Programs.RequireConsole(
                [.. arguments, "--out", path, "--shard", string.Create(CultureInfo.InvariantCulture, $"{part}/2")]))),
    ];

    /// <summary>A small training.</summary>
    public string[] TrainInto(string output, string epochs, params string[] more) =>
    [
        "train", "--data", Data, "--train", Train, "--validation", Validation, .. SmallTraining, "--epochs", epochs, "--out", output,
        .. more,
    ];

    private static string FrameName(int i) => string.Create(CultureInfo.InvariantCulture, $"f{i:D4}.jpg");

    private string Made(string name, Action<string> make)
    {
        string inputs = folder?["inputs"] ?? throw new InvalidOperationException("There is no folder to make inputs in.");
        string path = Path.Combine(Directory.CreateDirectory(inputs).FullName, name);
        if (!Path.Exists(path))
        {
            make(path);
        }

        return path;
    }
}
