using SsMfar.ConsoleApp.Ablation;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Searching;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Files that the console reads back: parts of work, results of runs, tables of boxes.</summary>
internal static class ConsoleReaders
{
    private static readonly Type[] BadInput = [typeof(BadInputException)];

    public static string[] Names { get; } = ["part-file", "boxes", "run-result", "trials"];

    public static FuzzReader? Of(string name, FileReading file) => name switch
    {
        "part-file" => Text(name, file.Of(path => PartFile.Load(path).Text())),
        "boxes" => Text(name, file.Of(path => FaceBoxes.Read(path, ["a.png"]))),
        "run-result" => Text(name, file.Of(path =>
        {
            RunResult result = RunResult.Load(path);
            _ = result.ValenceArousal;
            _ = result.Confusion.Length + result.Affect.Length + result.Epochs.Length;
        })),
        "trials" => Text(name, file.Of(path => SearchTrials.Load(Path.GetDirectoryName(path)!), "trials.json")),
        _ => null,
    };

    private static FuzzReader Text(string name, Action<byte[]> read) =>
        new() { Name = name, Refusals = BadInput, Read = read, IsText = true };
}
