using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// A small drawn data set and a run trained on it, made once by the console for all tests; each class of them has a copy.
/// </summary>
public sealed class TrainedRun : IAsyncLifetime, IDisposable
{
    public const int Epochs = 4;

    private static readonly FilledOnce Original = new(async folder =>
    {
        string data = Path.Combine(folder, "data");
        await ConsoleProgram.JsonAsync("render", "--out", data, "--faces", "64", "--validation-faces", "32", "--size", "48", "--seed", "3");
        return await ConsoleProgram.JsonAsync(Arguments(data, Path.Combine(folder, "run"), []));
    });

    // A fifth of ResNet-18's weights to write and to read. So short a training leaves its outputs the same for every image.
    internal static readonly string[] SmallBackbone = ["--backbone", "mobilefacenet"];

    private readonly TemporaryFolder _folder = new();

    public string Data => PathOf("data");

    public string Train => Path.Combine(Data, "train.txt");

    public string Validation => Path.Combine(Data, "validation.txt");

    public string Out => PathOf("run");

    public string Model => Path.Combine(Out, "model.safetensors");

    /// <summary>What <c>train --json</c> printed.</summary>
    public JsonElement Printed { get; private set; }

    /// <summary>A path in a folder that is gone after the tests.</summary>
    public string PathOf(string name) => _folder.File(name);

    /// <summary>The arguments of the run, which starts from scratch unless it is given weights.</summary>
    internal string[] Arguments(string output, params string[] more) => Arguments(Data, output, more);

    /// <summary>As <see cref="Arguments(string, string[])"/>, of a small backbone: where what is predicted does not matter.</summary>
    internal string[] SmallArguments(string output, params string[] more) => Arguments(output, [.. SmallBackbone, .. more]);

    public async Task InitializeAsync() => Printed = await Original.CopyToAsync(_folder.Path);

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    private static string[] Arguments(string data, string output, string[] more) =>
    [
        "train", .. more.Contains("--weights") ? (string[])[] : ["--weights", "none"],
        "--data", data, "--train", Path.Combine(data, "train.txt"), "--validation", Path.Combine(data, "validation.txt"),
        "--size", "32", "--batch-size", "32", "--epochs", $"{Epochs}", "--seed", "7", "--device", "cpu", "--out", output, .. more,
    ];
}
