using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>A small drawn data set and a run trained on it, made once by the console for all tests of the collection.</summary>
public sealed class TrainedRun : IAsyncLifetime
{
    public const string Collection = "console";

    public const int Epochs = 4;

    private readonly string _root = Directory.CreateTempSubdirectory("ssmfar-console-").FullName;

    public string Data => PathOf("data");

    public string Train => Path.Combine(Data, "train.txt");

    public string Validation => Path.Combine(Data, "validation.txt");

    public string Out => PathOf("run");

    public string Model => Path.Combine(Out, "model.safetensors");

    /// <summary>What <c>train --json</c> printed.</summary>
    public JsonElement Printed { get; private set; }

    /// <summary>A path in a folder that is gone after the tests.</summary>
    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>The arguments of the run, which starts from scratch unless it is given weights.</summary>
    internal string[] Arguments(string output, params string[] more) =>
    [
        "train", .. more.Contains("--weights") ? (string[])[] : ["--weights", "none"],
        "--data", Data, "--train", Train, "--validation", Validation, "--size", "32", "--batch-size", "32",
        "--epochs", $"{Epochs}", "--seed", "7", "--device", "cpu", "--out", output, .. more,
    ];

    public async Task InitializeAsync()
    {
        await ConsoleProgram.JsonAsync("render", "--out", Data, "--faces", "64", "--validation-faces", "32", "--size", "48", "--seed", "3");
        Printed = await ConsoleProgram.JsonAsync(Arguments(Out));
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }
}

/// <summary>Tests of the console share one run and start one process at a time.</summary>
[CollectionDefinition(TrainedRun.Collection)]
public sealed class TrainedRunCollection : ICollectionFixture<TrainedRun>;
