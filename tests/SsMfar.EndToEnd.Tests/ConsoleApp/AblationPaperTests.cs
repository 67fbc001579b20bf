using System.Text.Json;
using System.Text.RegularExpressions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What an ablation says of the paper: all its columns, and whose faces its own scores are of.</summary>
public sealed class AblationPaperTests(AblationRun run) : IClassFixture<AblationRun>
{
    // Table 1 of arXiv:2207.09012, as printed: expression, units, valence and arousal, overall.
    private static readonly Dictionary<string, double[]> Table1 = new()
    {
        ["mfar"] = [0.222, 0.493, 0.328, 1.043],
        ["mfar-rs"] = [0.191, 0.40, 0.375, 0.966],
        ["ss-mfar"] = [0.235, 0.493, 0.391, 1.119],
        ["ss-mfar-rs"] = [0.256, 0.461, 0.361, 1.078],
        ["ss-mfar-no-kl"] = [0.205, 0.454, 0.357, 1.016],
        ["ssp-mfar"] = [0.233, 0.497, 0.378, 1.108],
        ["ssp-mfar-sa"] = [0.228, 0.484, 0.40, 1.112],
        ["ss-mfar-50"] = [0.168, 0.425, 0.296, 0.889],
    };

    // As docs/method.md counts them: the paper counts the lines of headers too.
    [Theory]
    [InlineData(142_382, 26_876, true)]
    [InlineData(142_383, 26_877, false)]
    [InlineData(142_382, 100, false)]
    public void The_papers_columns_stand_beside_rows_of_its_data(int training, int validation, bool isPapers) =>
        ConsoleAssembly.IsPapersData(training, validation).Should().Be(isPapers);

    [Fact]
    public async Task Every_row_has_the_papers_four_columns()
    {
        JsonElement planned = await ConsoleProgram.JsonAsync("ablate", "--out", run.PathOf("columns"), "--plan");
        JsonElement[] tables = [.. planned.GetProperty("tables").EnumerateArray()];

        JsonElement[] rows = [.. tables[0].GetProperty("rows").EnumerateArray()];
        rows.Select(row => row.GetProperty("variant").GetString()).Should().Equal(Table1.Keys);
        rows.Should().AllSatisfy(row =>
            Paper(row).Should().Equal(Table1[row.GetProperty("variant").GetString()!].Select(score => (double?)score)));
        Table1.Values.Should().OnlyContain(scores => Math.Abs(scores.Take(3).Sum() - scores[3]) < 1e-9, "the last is the others' sum");
        Paper(tables[1].GetProperty("rows")[0]).Should().Equal(0.587, null, null, null);
    }

    [Fact]
    public async Task Tables_show_them_beside_the_scores_and_the_page_apart_where_the_faces_are_others()
    {
        string[] text = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.txt"));
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(run.Out, "report.html"));
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.csv"));

        string[] row = Regex.Split(text.First(line => line.StartsWith("SS-MFAR ")), " {2,}");
        new[] { 2, 4, 6, 8 }.Select(column => row[column]).Should().Equal("0.235", "0.493", "0.391", "1.119");
        string[][] first = page.Section(page.Sections[0], "In the paper, on s-Aff-Wild2").Tables[0];
        string[][] second = page.Section(page.Sections[1], "In the paper, on Synthetic Data Challenge").Tables[0];
        Paper(first, "MFAR", 4).Should().Equal("0.222", "0.493", "0.328", "1.043");
        Paper(first, "SSP-MFAR", 4).Should().Equal(["0.233", "0.497", "0.378", "1.108"], "also where weights are lacking");
        Paper(second, "SS-MFAR", 1).Should().Equal("0.587");
        csv[0].Should().EndWith("paper_exp_f1,paper_au_f1,paper_va,paper_overall,note");
        csv.Should().OnlyContain(line => line.Split(',').Length == csv[0].Split(',').Length);

        static string[] Paper(string[][] table, string method, int columns)
        {
            string[] cells = table.Single(line => line[0] == method)[1..];
            cells.Should().HaveCount(columns);
            return cells;
        }
    }

    [Fact]
    public async Task Drawn_faces_are_named_in_every_title()
    {
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(run.Out, "report.html"));
        string[] text = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.txt"));

        page.Title.Should().Be("SS-MFAR: The rows of the paper's tables, on drawn faces");
        Titles(page).Should().OnlyContain(title => title.Contains("drawn faces")).And.HaveCountGreaterThan(3);
        text.Where(line => line.StartsWith("Table ")).Should().HaveCountGreaterThan(1)
            .And.OnlyContain(line => line.Contains("drawn faces"));

        string faces = Path.Combine(run.Out, "faces"), given = run.PathOf("given");
        await ConsoleProgram.JsonAsync(
            ["ablate", "--out", given, .. Data(faces), .. AblationRun.Budget, "--variants", "mfar", "--seeds", "1"]);
        Titles(await ReportDocument.LoadAsync(Path.Combine(given, "report.html")))
            .Should().OnlyContain(title => title.Contains("the given faces"));
    }

    [Fact]
    public async Task The_row_from_scratch_takes_no_weights_and_says_so()
    {
        (await ConsoleProgram.RefusalAsync("ablate", "--out", run.PathOf("refused"), "--pretrained", "ss-mfar-50=any.pth"))
            .Should().ContainAll("ss-mfar-50", "from scratch", "leave them out");
        (await ConsoleProgram.RefusalAsync(
            ["train", "--out", run.PathOf("refused"), .. Data("faces"), "--variant", "ss-mfar-50", "--weights", "any.pth"]))
            .Should().ContainAll("ss-mfar-50", "from scratch", "--weights", "--backbone");
        JsonElement planned = await ConsoleProgram.JsonAsync(
            "ablate", "--out", run.PathOf("scratch"), "--plan", "--tables", "1", "--variants", "ss-mfar-50");
        planned.GetProperty("tables")[0].GetProperty("rows")[0].GetProperty("configuration").GetProperty("PretrainedWeights").GetString()
            .Should().Be("none");
    }

    [Fact]
    public async Task A_setting_without_use_is_refused_in_a_run_and_where_no_row_has_a_use_for_it()
    {
        const string Setting = "ExpressionLoss.Consistency=0.25", Name = "ExpressionLoss.Consistency";
        string[] plan = ["ablate", "--out", run.PathOf("unused"), "--plan", "--tables", "1", "--set", Setting, "--variants"];

        (await ConsoleProgram.RefusalAsync([.. plan, "mfar,mfar-rs"])).Should().ContainAll(Name, "no row has a use", "--variants");
        JsonElement planned = await ConsoleProgram.JsonAsync([.. plan, "mfar,ss-mfar"]);
        planned.GetProperty("tables")[0].GetProperty("rows").GetArrayLength().Should().Be(2);
        string faces = Path.Combine(run.Out, "faces");
        (await ConsoleProgram.RefusalAsync(
            ["train", "--out", run.PathOf("unused-run"), .. Data(faces), "--size", "32", "--variant", "mfar", "--set", Setting]))
            .Should().ContainAll(Name, "has no effect", "SemiSupervision.Mode");
    }

    private static string[] Data(string faces) =>
        ["--data", faces, "--train", Path.Combine(faces, "train.txt"), "--validation", Path.Combine(faces, "validation.txt")];

    private static IEnumerable<double?> Paper(JsonElement row) =>
        new[] { "expression", "actionUnits", "valenceArousal", "overall" }
            .Select(name => row.GetProperty("paper").GetProperty(name))
            .Select(score => score.ValueKind == JsonValueKind.Null ? (double?)null : score.GetDouble());

    private static string[] Titles(ReportDocument page) =>
        [page.Title, page.Heading, .. page.Sections.Where(section => section.StartsWith("Table"))];
}
