using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// A small ablation made once for all tests, of which each class of them has a copy: two rows that run and one that lacks its weights, and
/// the row
/// of Table 2, each with two seeds.
/// </summary>
public sealed class AblationRun : IAsyncLifetime, IDisposable
{
    private static readonly FilledOnce Original = new(folder => ConsoleProgram.JsonAsync(Arguments(Path.Combine(folder, "ablation"))));

    private readonly TemporaryFolder _folder = new();

    /// <summary>The files that an ablation writes for readers.</summary>
    public static readonly string[] Reports =
        ["table.txt", "table.csv", "runs.csv", "differences.csv", "ablation.json", "report.html"];

    public string Out => PathOf("ablation");

    /// <summary>What <c>ablate --json</c> printed.</summary>
    public JsonElement Printed { get; private set; }

    public string PathOf(string name) => _folder.File(name);

    public static string[] Budget => ["--size", "32", "--epochs", "1", "--batch-size", "32", "--device", "cpu"];

    public static string[] Faces => ["--faces", "96", "--validation-faces", "64"];

    public static string[] Arguments(string output, params string[] more) =>
        ["ablate", "--out", output, .. Faces, .. Budget, "--variants", "mfar,ss-mfar,ssp-mfar", "--seeds", "1,2", .. more];

    /// <summary>A row of a document.</summary>
    internal static JsonElement Row(JsonElement printed, int table, string variant) =>
        printed.GetProperty("tables")[table].GetProperty("rows").EnumerateArray()
            .Single(row => row.GetProperty("variant").GetString() == variant);

    public async Task InitializeAsync() => Printed = await Original.CopyToAsync(_folder.Path);

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();
}
