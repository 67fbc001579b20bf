using System.Globalization;
using System.Text.Json;
using SsMfar.Submissions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The program without a command, on a few faces: its files are there, and its page says what its document does.</summary>
public sealed class DemonstrationTests
{
    private static readonly string[] Tasks = ["expression", "action units", "valence and arousal"];

    [Fact]
    public async Task It_writes_a_model_predictions_and_a_page_that_stands_alone()
    {
        using TemporaryFolder folder = new();
        string output = folder.File("demo");
        (await ConsoleProgram.KillAsync("Drawing ", "--quick", "--out", output)).ExitCode.Should().Be(137);

        JsonElement result = await ConsoleProgram.JsonAsync("--quick", "--out", output);

        result.GetProperty("ridge").GetProperty("pMtl").GetDouble().Should().BePositive();
        File.Exists(result.GetProperty("model").GetString()).Should().BeTrue();
        Submission.Load(result.GetProperty("predictions").GetString()!).Should().HaveCountGreaterThan(10);
        Directory.Exists(Path.Combine(output, "checkpoints")).Should().BeFalse();
        ReportDocument page = await ReportDocument.LoadAsync(result.GetProperty("page").GetString()!);
        page.ShouldStandAlone();
        page.Pictures.Should().Be(12);
        page.Sections.Should().Equal("How it learned", "Faces it had never seen", "Class by class, unit by unit");
        page.Text.Should().Contain("96 drawn faces, once at each").And.Contain("64 faces of people it never saw");
        ShouldShowScores(page, result);
        ShouldDraw(page, result);
    }

    [Fact]
    public async Task It_leaves_other_peoples_folders_alone()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["faces/train.txt", "faces/validation.txt", "model.safetensors", "checkpoints/one"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), "mine");
        }

        SortedDictionary<string, string> before = FolderFiles.Of(folder.Path);

        (await ConsoleProgram.RefusalAsync("--quick", "--out", folder.Path)).Should()
            .Contain($"--out '{folder.Path}' is not empty and not of an earlier demonstration");
        FolderFiles.Of(folder.Path).Should().Equal(before);
    }

    // The model's and ridge regression's of each task, then each class, valence and arousal, and each unit by name.
    private static void ShouldShowScores(ReportDocument page, JsonElement result)
    {
        JsonElement scores = result.GetProperty("score"), ridge = result.GetProperty("ridge");
        page.Values(".tiles .value").Should().Equal(Totals(scores));
        page.Values(".tiles .floor").Should().Equal(Totals(ridge).Select(score => $"ridge on pixels: {score}"));
        string[] units = [.. scores.GetProperty("actionUnitNames").EnumerateArray().Select(name => name.GetString()!)];
        page.Values(".bars > .name").Should().HaveCount(8 + 2 + units.Length);
        page.Values(".bars > .name").Take(8).Should()
            .Equal(scores.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()));
        page.Values(".bars > .name").Skip(10).Zip(units).Should().OnlyContain(pair => pair.First.StartsWith(pair.Second));
        page.Values(".bars > .value").Should().Equal(
            Each(scores.GetProperty("expression").GetProperty("f1"))
                .Concat(Each(scores.GetProperty("valenceArousal").GetProperty("ccc")))
                .Concat(Each(scores.GetProperty("actionUnits").GetProperty("f1"))));
    }

    private static void ShouldDraw(ReportDocument page, JsonElement result)
    {
        IReadOnlyList<ReportDocument.Chart> charts = page.Section("How it learned").Charts;
        charts.Select(chart => chart.Caption).Should().Equal("Scores on unseen people, by epoch", "Losses in training, by epoch");
        charts[0].Names.Should().Equal([.. Tasks, "ridge on pixels"]);
        charts[1].Names.Should().Equal(Tasks);
        charts.Should().AllSatisfy(chart => chart.ShouldBeLegible());
        JsonElement score = result.GetProperty("score");
        double[] expected =
        [
            .. new[]
            {
                score.GetProperty("expression").GetProperty("macroF1"), score.GetProperty("actionUnits").GetProperty("meanF1"),
                score.GetProperty("valenceArousal").GetProperty("mean"),
            }.Select(value => value.GetDouble()).OrderDescending(),
        ];
        charts[0].Ends.Zip(expected).Should().HaveCount(3).And
            .OnlyContain(end => Math.Abs(end.First.Value - end.Second) < 0.0051, "of one epoch, the first is the last");
    }

    private static string[] Totals(JsonElement scores) =>
    [
        Number(scores.GetProperty("expression").GetProperty("macroF1")), Number(scores.GetProperty("actionUnits").GetProperty("meanF1")),
        Number(scores.GetProperty("valenceArousal").GetProperty("mean")), Number(scores.GetProperty("pMtl")),
    ];

    private static IEnumerable<string> Each(JsonElement values) => values.EnumerateArray().Select(Number);

    private static string Number(JsonElement value) => value.GetDouble().ToString("F3", CultureInfo.InvariantCulture);
}
