using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The paper's tables from the shell: layout, means and deviations, and how sure the differences are.</summary>
public sealed class AblationTests(AblationRun run) : IClassFixture<AblationRun>
{
    [Fact]
    public async Task Tables_have_the_papers_layout_and_the_runs_means_and_deviations()
    {
        string[] text = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.txt"));
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.csv"));
        string[][] runs = [.. (await File.ReadAllLinesAsync(Path.Combine(run.Out, "runs.csv"))).Skip(1).Select(line => line.Split(','))];

        text[0].Should().StartWith("Table 1");
        Regex.Split(text[1], " {2,}").Should().Equal(
            "Method", "Exp-F1 score", "(paper)", "AU-F1 score", "(paper)", "VA-Score", "(paper)", "Overall", "(paper)");
        text.Should().ContainSingle(line => line.StartsWith("SSP-MFAR ")).Which.Should().Contain("weights not given").And.EndWith("1.108");
        text.Should().ContainSingle(line => line.StartsWith("Table 2") && !line.EndsWith("configurations"));
        csv.Should().HaveCount(5).And.Contain("1,recommended,SSP-MFAR,ssp-mfar,0,,,,,,,,,0.233,0.497,0.378,1.108,weights not given");
        runs.Should().HaveCount(6);
        string[] row = csv.Single(line => line.StartsWith("1,recommended,SS-MFAR,")).Split(',');
        double[] overall = [.. runs.Where(r => r[0] == "1" && r[2] == "ss-mfar").Select(r => Number(r[8]))];
        overall.Should().HaveCount(2);
        Number(row[11]).Should().BeApproximately((overall[0] + overall[1]) / 2, 1e-12);
        Number(row[12]).Should().BeApproximately(Math.Abs(overall[0] - overall[1]) / Math.Sqrt(2), 1e-12);
        runs.Should()
            .OnlyContain(r => r[0] == "2" ? r[8] == "" : Math.Abs(Number(r[5]) + Number(r[6]) + Number(r[7]) - Number(r[8])) < 1e-9);
    }

    [Fact]
    public void Confusions_count_the_labelled_rows_and_agree_with_the_scores()
    {
        JsonElement row = AblationRun.Row(run.Printed, 0, "mfar");
        foreach (JsonElement result in row.GetProperty("runs").EnumerateArray())
        {
            long[] counts = [.. result.GetProperty("confusion").EnumerateArray().Select(count => count.GetInt64())];
            double[] f1 =
            [
                .. Enumerable.Range(0, 8).Select(k =>
                {
                    double denominator = Enumerable.Range(0, 8).Sum(j => counts[(8 * k) + j] + counts[(8 * j) + k]);
                    return denominator == 0 ? 0 : 2 * counts[9 * k] / denominator;
                }),
            ];
            result.GetProperty("expression").GetDouble().Should().BeApproximately(f1.Average(), 1e-12);
        }
    }

    [Fact]
    public async Task Neighbours_are_compared_on_the_same_faces_over_all_seeds()
    {
        AnnotationSet truth = AnnotationSet.Load(Path.Combine(run.Out, "faces", "validation.txt"));
        AffectScoreIntervals expected = Bootstrap.Compare(truth, Submissions("ss-mfar"), Submissions("mfar"));

        JsonElement comparison = run.Printed.GetProperty("comparisons").EnumerateArray().Should()
            .ContainSingle("SSP-MFAR has no runs, and Table 2 one row")
            .Which;
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(run.Out, "differences.csv"));
        string[] text = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.txt"));

        string.Join(
            ' ',
            new[] { "recipe", "variant", "lessRecipe", "lessVariant" }.Select(name => comparison.GetProperty(name).GetString()))
            .Should().Be("recommended ss-mfar recommended mfar");
        (string Name, ScoreInterval Interval)[] scores =
        [
            ("expression", expected.ExpressionMacroF1!.Value), ("actionUnits", expected.ActionUnitMeanF1!.Value),
            ("valenceArousal", expected.ValenceArousalMean!.Value), ("overall", expected.PMtl!.Value),
        ];
        foreach ((string name, ScoreInterval interval) in scores)
        {
            JsonElement found = comparison.GetProperty(name);
            found.GetProperty("value").GetDouble().Should().BeApproximately(interval.Value, 1e-6, "labels in a file are rounded");
            found.GetProperty("low").GetDouble().Should().BeApproximately(interval.Low, 1e-6);
            found.GetProperty("high").GetDouble().Should().BeApproximately(interval.High, 1e-6);
        }

        double[] numbers = [.. csv[1].Split(',').Skip(5).Select(Number)];
        numbers.Should().Equal(scores.SelectMany(score =>
            new[] { "value", "low", "high" }.Select(end => comparison.GetProperty(score.Name).GetProperty(end).GetDouble())));
        double Mean(string variant) => AblationRun.Row(run.Printed, 0, variant).GetProperty("overall").GetProperty("mean").GetDouble();
        numbers[9].Should().BeApproximately(Mean("ss-mfar") - Mean("mfar"), 1e-6, "files hold what the model gives in single precision");
        text.Should().ContainSingle(line => line.StartsWith("SS-MFAR less MFAR  "));

        Submission[] Submissions(string variant) =>
        [
            .. new[] { 1, 2 }.Select(seed => Submission.Load(
                Path.Combine(run.Out, "runs", "table-1", "recommended", variant, $"seed-{seed}", "predictions.txt"))),
        ];
    }

    [Fact]
    public async Task Recipes_are_compared_row_by_row_and_expressions_alone_by_their_scores_alone()
    {
        string faces = Path.Combine(run.Out, "faces");
        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", run.PathOf("recipes"), "--data", faces, "--train", Path.Combine(faces, "train-six.txt"),
            "--validation", Path.Combine(faces, "validation-six.txt"),
            "--classes", string.Join(',', ExpressionClassSet.SyntheticData.Names), .. AblationRun.Budget,
            "--variants", "mfar", "--recipes", "paper,recommended", "--seeds", "1"]);

        JsonElement comparison = printed.GetProperty("comparisons").EnumerateArray().Should().ContainSingle().Which;
        comparison.GetProperty("recipe").GetString().Should().Be("recommended");
        comparison.GetProperty("lessRecipe").GetString().Should().Be("paper");
        (await File.ReadAllTextAsync(Path.Combine(run.PathOf("recipes"), "table.txt"))).Should().Contain("MFAR, recommended less paper");
        comparison.GetProperty("expression").GetProperty("value").GetDouble().Should().BeApproximately(
            AblationRun.Row(printed, 1, "mfar").GetProperty("expression").GetProperty("mean").GetDouble() -
            AblationRun.Row(printed, 0, "mfar").GetProperty("expression").GetProperty("mean").GetDouble(), 1e-12);
        new[] { "actionUnits", "valenceArousal", "overall" }.Should()
            .OnlyContain(name => comparison.GetProperty(name).ValueKind == JsonValueKind.Null);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
