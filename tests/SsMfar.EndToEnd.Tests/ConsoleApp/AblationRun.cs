using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// A small ablation made once: two rows that run and one that lacks its weights, and the row of Table 2, each with two seeds.
/// </summary>
public sealed class AblationRun : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("ssmfar-ablation-").FullName;

    /// <summary>The files that an ablation writes for readers.</summary>
    public static readonly string[] Reports =
        ["table.txt", "table.csv", "runs.csv", "differences.csv", "ablation.json", "report.html", "curves.png"];

    public string Out => PathOf("ablation");

    /// <summary>What <c>ablate --json</c> printed.</summary>
    public JsonElement Printed { get; private set; }

    public string PathOf(string name) => Path.Combine(_root, name);

    public static string[] Budget => ["--size", "32", "--epochs", "1", "--batch-size", "32", "--device", "cpu"];

    public static string[] Faces => ["--faces", "96", "--validation-faces", "64"];

    public static string[] Arguments(string output, params string[] more) =>
        ["ablate", "--out", output, .. Faces, .. Budget, "--variants", "mfar,ss-mfar,ssp-mfar", "--seeds", "1,2", .. more];

    public async Task InitializeAsync() => Printed = await ConsoleProgram.JsonAsync(Arguments(Out));

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }
}
