using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>ablate --shard</c> and <c>gather</c>: the runs of several processes make the tables of one.</summary>
public sealed class AblationShardTests(AblationRun run) : IClassFixture<AblationRun>
{
    private const int Parts = 3;

    [Fact]
    public async Task Runs_of_parts_make_the_files_of_one_process_also_where_a_worker_was_killed()
    {
        string gathered = run.PathOf("gathered");
        ChildProcess.Outcome killed = await ConsoleProgram.KillAsync("[2/2]", Arguments(2));
        killed.ExitCode.Should().NotBe(0);
        (await ConsoleProgram.RefusalAsync("gather", "--out", gathered, Part(2))).Should().Contain("no whole part");
        foreach (int part in Enumerable.Range(1, Parts))
        {
            ChildProcess.Outcome made = await ConsoleProgram.RunAsync(Arguments(part));
            made.ExitCode.Should().Be(0, made.Everything);
            made.Error.Contains("done before", StringComparison.Ordinal).Should().Be(part == 2, made.Error);
            File.Exists(Path.Combine(Part(part), "table.txt")).Should().BeFalse("a part has no tables");
        }

        (await ConsoleProgram.RunAsync(Arguments(3))).Error.Should().Contain("Part 3/3 is done").And.NotContain("not kept");
        (await ConsoleProgram.RunAsync([.. Arguments(3), "--keep-models"])).Error.Split("its model was not kept; remove").Length.Should()
            .Be(1 + 2, "a part has two runs");

        // Killed at its first file, and where that is damaged: the folder is no ablation's yet, and the same command makes it one.
        Directory.CreateDirectory(gathered);
        await File.WriteAllTextAsync(Path.Combine(gathered, ".budget.json.0123.tmp"), "{");
        string budget = Path.Combine(Part(1), "budget.json"), was = await File.ReadAllTextAsync(budget);
        await File.WriteAllTextAsync(budget, "{}");
        (await ConsoleProgram.RefusalAsync("gather", "--out", gathered, Part(3), Part(1), Part(2))).Should().Contain("is not what it was");
        Directory.GetFileSystemEntries(gathered).Should().ContainSingle("the budget comes before all others");
        await File.WriteAllTextAsync(budget, was);
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("gather", "--out", gathered, Part(3), Part(1), Part(2));
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain($"--out {gathered} and --resume");
        ChildProcess.Outcome tables = await ConsoleProgram.RunAsync([.. AblationRun.Arguments(gathered, "--resume"), "--json"]);

        tables.ExitCode.Should().Be(0, tables.Everything);
        tables.Error.Split("done before").Length.Should().Be(1 + 6, "nothing is trained again");
        JsonElement.DeepEquals(JsonDocument.Parse(tables.Output).RootElement, run.Printed).Should().BeTrue();
        foreach (string file in AblationRun.Reports.Where(file => file != "report.html"))
        {
            (await File.ReadAllBytesAsync(Path.Combine(gathered, file))).Should()
                .Equal(await File.ReadAllBytesAsync(Path.Combine(run.Out, file)));
        }

        (await ConsoleProgram.RefusalAsync("gather", "--out", run.PathOf("no"), Part(1), Part(3))).Should().Contain("1 are missing: 2.");
        (await ConsoleProgram.RefusalAsync([.. Arguments(1)[..^1], "2/3"])).Should().Contain("has part 1/3 of the same work");
        (await ConsoleProgram.RefusalAsync([.. AblationRun.Arguments(Part(1))[..^1], "1,3", "--shard", "1/3"])).Should()
            .Contain("has part 1/3 of other work");
        string notes = run.PathOf("notes-to-gather");
        Directory.CreateDirectory(notes);
        await File.WriteAllTextAsync(Path.Combine(notes, "notes.txt"), "mine");
        (await ConsoleProgram.RefusalAsync("gather", "--out", notes, Part(1), Part(2), Part(3))).Should().Contain("is not empty");
        Directory.Exists(run.PathOf("no")).Should().BeFalse();
        await ShouldKeepOthersAsync(gathered);
    }

    // Gathered again it stays as it is; a run of its own under the name of a part's is not lost.
    private async Task ShouldKeepOthersAsync(string gathered)
    {
        string[] gather = ["gather", "--out", gathered, Part(1), Part(2), Part(3)];
        (await ConsoleProgram.RunAsync(gather)).ExitCode.Should().Be(0);
        string result = Directory.GetFiles(gathered, "result.json", SearchOption.AllDirectories)[0];
        await File.AppendAllTextAsync(result, "\n");
        SortedDictionary<string, string> before = FolderFiles.Of(gathered);
        (await ConsoleProgram.RefusalAsync(gather)).Should()
            .ContainAll("--out", "result.json' is a file that is there and not of the parts", "Choose another folder");
        FolderFiles.Of(gathered).Should().Equal(before);
    }

    [Theory]
    [InlineData("1/7", "there are 6 runs: make 6 parts at most")]
    [InlineData("1/2 --json", "leave --json out")]
    [InlineData("1/2 --plan", "leave --shard out")]
    public async Task Parts_that_cannot_be_are_refused(string shard, string message)
    {
        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(run.PathOf("refused-part"), ["--shard", .. shard.Split(' ')]))).Should()
            .Contain(message);
        Directory.Exists(run.PathOf("refused-part")).Should().BeFalse();
    }

    private string Part(int part) => run.PathOf($"ablation-part-{part}");

    private string[] Arguments(int part) => AblationRun.Arguments(Part(part), "--shard", $"{part}/{Parts}");
}
