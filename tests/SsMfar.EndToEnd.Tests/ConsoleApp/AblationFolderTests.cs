using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The folder of an ablation: it goes on where it stopped, and with the same data and budget alone.</summary>
public sealed class AblationFolderTests(AblationRun run) : IClassFixture<AblationRun>
{
    [Fact]
    public async Task An_interrupted_ablation_resumes_to_the_files_of_one_never_stopped()
    {
        string output = run.PathOf("interrupted");

        // What a process leaves that is killed while it writes its first file: no ablation.
        Directory.CreateDirectory(output);
        await File.WriteAllTextAsync(Path.Combine(output, ".budget.json.0123.tmp"), "{");

        ChildProcess.Outcome interrupted = await ConsoleProgram.InterruptAsync("[3/6]", AblationRun.Arguments(output));

        interrupted.ExitCode.Should().Be(130, interrupted.Everything);
        interrupted.Error.Split('\n')[^1].Should().Contain("--resume");
        File.Exists(Path.Combine(output, "table.txt")).Should().BeFalse();
        JsonElement resumed = await ConsoleProgram.JsonAsync(AblationRun.Arguments(output, "--resume"));
        JsonElement.DeepEquals(resumed, run.Printed).Should().BeTrue();
        string[] figures = [.. Figures(run.Out)];
        Figures(output).Should().Equal(figures);
        foreach (string file in AblationRun.Reports.Concat(figures))
        {
            byte[] interruptedFile = await WithoutTimesAsync(Path.Combine(output, file));
            byte[] uninterrupted = await WithoutTimesAsync(Path.Combine(run.Out, file));
            interruptedFile.AsSpan().SequenceEqual(uninterrupted).Should().BeTrue(file);
        }

        Directory.EnumerateFiles(output, "*.safetensors", SearchOption.AllDirectories).Should().BeEmpty();
        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(output))).Should().Contain("--resume");
        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(output, "--resume", "--learning-rate", "0.001"))).Should()
            .Contain("--learning-rate");
    }

    private static IEnumerable<string> Figures(string folder) =>
        Directory.EnumerateFiles(Path.Combine(folder, "figures"))
            .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);

    // How long a run took is the one thing of a page that does not follow from the runs.
    private static async Task<byte[]> WithoutTimesAsync(string file) => file.EndsWith(".html", StringComparison.Ordinal)
        ? Encoding.UTF8.GetBytes(Regex.Replace(await File.ReadAllTextAsync(file), "<td class=\"time\">[^<]*</td>", ""))
        : await File.ReadAllBytesAsync(file);

    [Theory]
    [InlineData("--size 48", "--size was 32, is 48")]
    [InlineData("--epochs 2", "--epochs was 1, is 2")]
    [InlineData("--validation-faces 80", "--validation-faces was 64, is 80")]
    public async Task Another_seed_is_not_added_under_another_budget(string changed, string named)
    {
        string[] change = changed.Split(' ');
        string[] arguments = AblationRun.Arguments(run.Out, "--resume");
        arguments[Array.IndexOf(arguments, change[0]) + 1] = change[1];
        arguments[Array.IndexOf(arguments, "--seeds") + 1] = "3";

        (await ConsoleProgram.RefusalAsync(arguments)).Should().ContainAll("ablation was started with other options", named);
    }

    [Fact]
    public async Task An_ablation_of_an_earlier_version_goes_on_although_options_were_renamed()
    {
        string path = Path.Combine(run.Out, "budget.json"), budget = await File.ReadAllTextAsync(path);
        string earlier = budget.Replace("\"--hide-expressions\"", "\"--hide-expression\"");
        earlier.Should().NotBe(budget);
        await File.WriteAllTextAsync(path, earlier);

        JsonElement resumed = await ConsoleProgram.JsonAsync(AblationRun.Arguments(run.Out, "--resume"));

        JsonElement.DeepEquals(resumed, run.Printed).Should().BeTrue();
        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(run.Out, "--resume", "--hide-expressions", "0.5"))).Should()
            .Contain("--hide-expressions was 0, is 0.5");
    }

    [Fact]
    public async Task Other_images_under_the_same_names_are_other_data()
    {
        string faces = Path.Combine(run.Out, "faces"), images = run.PathOf("other-images"), output = run.PathOf("other-data");
        string[] Arguments(string data) =>
            ["ablate", "--out", output, "--data", data, "--train", Path.Combine(faces, "train.txt"), "--validation", Path.Combine(
                faces,
                "validation.txt"),
            .. AblationRun.Budget, "--variants", "mfar", "--seeds", "1", "--resume"];
        await ConsoleProgram.JsonAsync(Arguments(faces));
        foreach (string face in Directory.EnumerateFiles(Path.Combine(faces, "images"), "*.jpg", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(images, Path.GetRelativePath(faces, face));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(face, copy);
        }

        JsonElement.DeepEquals(await ConsoleProgram.JsonAsync(Arguments(images)), await ConsoleProgram.JsonAsync(Arguments(faces))).Should()
            .BeTrue("a copy is the same");
        string first = Directory.EnumerateFiles(images, "*.jpg", SearchOption.AllDirectories).First();
        byte[] changed = await File.ReadAllBytesAsync(first);
        changed[^10] ^= 1;
        await File.WriteAllBytesAsync(first, changed);
        (await ConsoleProgram.RefusalAsync(Arguments(images))).Should().Contain("--data was images of");
    }

    [Fact]
    public async Task A_folder_of_something_else_is_left_alone()
    {
        string folder = run.PathOf("notes");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "table.txt"), "mine");

        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(folder, "--resume"))).Should()
            .ContainAll("not an ablation's folder", "Choose another");
        Directory.EnumerateFileSystemEntries(folder).Should().ContainSingle();
    }

    [Fact]
    public async Task A_plan_writes_nothing()
    {
        await ConsoleProgram.JsonAsync(AblationRun.Arguments(run.PathOf("planned"), "--plan"));

        Directory.Exists(run.PathOf("planned")).Should().BeFalse();
    }

    [Fact]
    public async Task Nothing_but_a_folder_gives_all_rows_of_both_tables()
    {
        JsonElement printed = await ConsoleProgram.JsonAsync("ablate", "--out", run.PathOf("default"), "--plan");

        printed.GetProperty("tables").EnumerateArray()
            .Select(table => (table.GetProperty("table").GetInt32(), table.GetProperty("rows")
                .GetArrayLength())).Should().Equal((1, 8), (2, 1));
    }

    [Theory]
    [InlineData("predictions.txt", "is missing")]
    [InlineData("result.json", "is damaged")]
    public async Task A_finished_run_that_lost_a_file_is_named_before_anything_is_trained(string file, string named)
    {
        string output = run.PathOf($"lost-{file}");
        string[] arguments =
        [
            "ablate", "--out", output, .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1", "--variants", "mfar", "--seeds", "1",
        ];
        await ConsoleProgram.JsonAsync(arguments);
        string path = Path.Combine(output, "runs", "table-1", "recommended", "mfar", "seed-1", file);
        File.Delete(path);
        if (file == "result.json")
        {
            await File.WriteAllTextAsync(path, "{");
        }

        (await ConsoleProgram.RefusalAsync([.. arguments, "--resume"])).Should().ContainAll(path, named, "Remove this run's folder");
    }
}
