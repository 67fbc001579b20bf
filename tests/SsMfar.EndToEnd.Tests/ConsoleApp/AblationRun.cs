using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// A small ablation made once for all tests of the collection: two rows that run and one that lacks its weights, and the row
/// of Table 2, each with two seeds.
/// </summary>
public sealed class AblationRun : IAsyncLifetime
{
    public const string Collection = "ablation";

    private readonly string _root = Directory.CreateTempSubdirectory("ssmfar-ablation-").FullName;

    /// <summary>The files that an ablation writes for readers.</summary>
    public static readonly string[] Reports =
        ["table.txt", "table.csv", "runs.csv", "differences.csv", "ablation.json", "report.html"];

    public string Out => PathOf("ablation");

    /// <summary>What <c>ablate --json</c> printed.</summary>
    public JsonElement Printed { get; private set; }

    public string PathOf(string name) => Path.Combine(_root, name);

    public static string[] Budget => ["--size", "32", "--epochs", "1", "--batch-size", "32", "--device", "cpu"];

    public static string[] Faces => ["--faces", "96", "--validation-faces", "64"];

    public static string[] Arguments(string output, params string[] more) =>
        ["ablate", "--out", output, .. Faces, .. Budget, "--variants", "mfar,ss-mfar,ssp-mfar", "--seeds", "1,2", .. more];

    /// <summary>A row of a document.</summary>
    internal static JsonElement Row(JsonElement printed, int table, string variant) =>
        printed.GetProperty("tables")[table].GetProperty("rows").EnumerateArray()
            .Single(row => row.GetProperty("variant").GetString() == variant);

    public async Task InitializeAsync() => Printed = await ConsoleProgram.JsonAsync(Arguments(Out));

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }
}

/// <summary>Tests of ablations share one.</summary>
[CollectionDefinition(AblationRun.Collection)]
public sealed class AblationRunCollection : ICollectionFixture<AblationRun>;
