using System.Globalization;
using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>report</c>: a model's page and its gate, and the page that <c>train</c> leaves.</summary>
public sealed class ReportTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private static readonly string[] Quick = ["--bootstrap", "50"];

    [Fact]
    public async Task A_run_leaves_a_page_about_its_model()
    {
        string page = run.Printed.GetProperty("page").GetString()!;
        page.Should().Be(Path.Combine(run.Out, "report.html"));
        ReportDocument document = await ReportDocument.LoadAsync(page);

        document.ShouldStandAlone();
        document.Section("How it learned").Charts.Should().HaveCountGreaterThan(1);
        document.Pictures.Should().BePositive("the faces that were read worst are shown");
        document.Text.Should().Contain("The best epoch was chosen by these rows");
        Number(Json(run.Out), "pMtl").Should().BeApproximately(Number(run.Printed.GetProperty("score"), "pMtl"), 1e-4);
    }

    [Fact]
    public async Task A_run_without_a_report_leaves_none()
    {
        string folder = run.PathOf("unreported");

        JsonElement printed = await ConsoleProgram.JsonAsync(run.SmallArguments(folder, "--no-report", "--set", "Epochs=1"));

        printed.GetProperty("page").ValueKind.Should().Be(JsonValueKind.Null);
        File.Exists(Path.Combine(folder, "report.html")).Should().BeFalse();
    }

    [Fact]
    public async Task A_model_is_judged_as_evaluate_judges_it_and_does_not_fall_below_itself()
    {
        string first = run.PathOf("report-1"), second = run.PathOf("report-2");
        string[] model = ["report", "--model", run.Model, "--data", run.Data, "--annotations", run.Validation, "--device", "cpu", .. Quick];

        JsonElement printed = await ConsoleProgram.JsonAsync([.. model, "--out", first]);
        ChildProcess.Outcome again = await ConsoleProgram.RunAsync(
            [.. model, "--out", second, "--not-worse-than", Path.Combine(first, "report.json"), "--margin", "0"]);
        JsonElement evaluated = await ConsoleProgram.JsonAsync(
            "evaluate", "--model", run.Model, "--data", run.Data, "--annotations", run.Validation, "--device", "cpu");

        again.ExitCode.Should().Be(0, again.Everything);
        Number(printed, "pMtl").Should().BeApproximately(Number(evaluated, "pMtl"), 1e-6);
        printed.GetProperty("calibration").GetRawText().Should().Be(evaluated.GetProperty("calibration").GetRawText());
        printed.TryGetProperty("predictions", out _).Should().BeFalse("rows are the file's business");
        Json(second).GetProperty("notWorse").GetProperty("isWorse").GetBoolean().Should().BeFalse();
        (await ReportDocument.LoadAsync(Path.Combine(first, "report.html"))).Section("How it learned").Charts.Should()
            .HaveCountGreaterThan(1, "the history lies beside the model");
    }

    [Fact]
    public async Task The_remedy_for_other_classes_is_none_that_a_model_leaves_no_use_for()
    {
        string annotations = run.PathOf("eighth.txt");
        string[] fields = File.ReadLines(run.Validation).Skip(1).First().Split(',');
        fields[3] = "8";
        await File.WriteAllLinesAsync(annotations, [File.ReadLines(run.Validation).First(), string.Join(',', fields)]);

        (await ConsoleProgram.RefusalAsync(
            "report", "--model", run.Model, "--data", run.Data, "--annotations", annotations, "--out", run.PathOf("eighth")))
            .Should().Contain("#classes,NAME").And.NotContain("--classes");
        (await ConsoleProgram.RefusalAsync(
            "report", "--predictions", run.Validation, "--annotations", annotations, "--out", run.PathOf("eighth")))
            .Should().Contain("--classes");
    }

    [Fact]
    public async Task An_exported_model_is_judged_as_any_other()
    {
        string onnx = run.PathOf("reported.onnx"), folder = run.PathOf("report-of-onnx");
        (await ConsoleProgram.RunAsync("export", "--model", run.Model, "--out", onnx)).ExitCode.Should().Be(0);
        string[] judged = ["--model", onnx, "--data", run.Data, "--annotations", run.Validation];

        JsonElement printed = await ConsoleProgram.JsonAsync(["report", .. judged, "--out", folder, .. Quick]);

        Number(printed, "pMtl").Should().BeApproximately(Number(await ConsoleProgram.JsonAsync(["evaluate", .. judged]), "pMtl"), 1e-6);
        (await ReportDocument.LoadAsync(Path.Combine(folder, "report.html"))).ShouldStandAlone();
    }

    [Fact]
    public async Task Predictions_that_got_worse_end_with_exit_code_3_and_are_named()
    {
        (string truth, string good, string bad) = Files("gate");
        string output = run.PathOf("gate-report");

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            [
                "report", "--predictions", bad, "--annotations", truth, "--not-worse-than", good, "--margin", "0.02", "--out", output,
                .. Quick,
            ]);

        outcome.ExitCode.Should().Be(3, outcome.Everything);
        outcome.Error.Should().Contain($"Worse than {good}: expression, macro F1");
        JsonElement gate = Json(output).GetProperty("notWorse");
        gate.GetProperty("expression").GetProperty("isWorse").GetBoolean().Should().BeTrue();
        gate.GetProperty("actionUnits").GetProperty("isWorse").GetBoolean().Should().BeFalse();
        ChildProcess.Outcome other = await ConsoleProgram.RunAsync(
            ["report", "--predictions", good, "--annotations", truth, "--not-worse-than", bad, "--out", output, .. Quick]);
        other.ExitCode.Should().Be(0, other.Everything);
    }

    [Fact]
    public async Task Groups_are_compared_by_columns_of_the_annotations()
    {
        (string truth, _, string bad) = Files("groups");
        string output = run.PathOf("groups-report");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            [
                "report", "--predictions", bad, "--annotations", truth, "--subgroups", "gender, age", "--group-by", "videos",
                "--out", output, .. Quick,
            ]);

        JsonElement gender = printed.GetProperty("subgroups")[0];
        gender.GetProperty("worst").GetProperty("expression").GetProperty("group").GetString().Should().Be("male");
        printed.GetProperty("subgroups")[1].GetProperty("groups").GetArrayLength().Should().Be(4);
        printed.GetProperty("bootstrap").GetProperty("groupBy").GetString().Should().Be("videos");
        printed.GetProperty("bootstrap").GetProperty("groups").GetInt32().Should().Be(40);
        (await ReportDocument.LoadAsync(Path.Combine(output, "report.html"))).ShouldStandAlone();
        ChildProcess.Outcome text = await ConsoleProgram.RunAsync(
            ["report", "--predictions", bad, "--annotations", truth, "--subgroups", "gender", "--out", output, .. Quick]);
        text.Output.Should().Contain(
            "too few or all alike: gender, valence and arousal, mean CCC: female (200), male (200)", "its arousal is constant");
        gender.GetProperty("anyFound").GetBoolean().Should().BeTrue();
        text.Output.Split('\n').Where(line => line.TrimEnd().EndsWith('*')).Should().HaveCount(
            gender.GetProperty("groups").EnumerateArray().Sum(group => group.EnumerateObject().Count(task =>
                task.Value.ValueKind == JsonValueKind.Object && task.Value.GetProperty("found").GetBoolean())),
            "who is read better than the rest is told, too");
    }

    [Fact]
    public async Task What_a_gate_does_not_compare_is_said_and_nothing_to_compare_is_no_pass()
    {
        (string truth, string good, _) = Files("half");
        string units = Without("units", line => string.Join(',', line.Split(',').Select((value, i) => i > 3 ? "-1" : value)));
        string others = Without("others", line =>
            string.Join(',', line.Split(',').Select((value, i) => i is 1 or 2 ? "-5" : i is 3 ? "-1" : value)));
        string[] report = ["report", "--annotations", truth, "--out", run.PathOf("half-report"), .. Quick, "--predictions"];

        ChildProcess.Outcome some = await ConsoleProgram.RunAsync([.. report, units, "--not-worse-than", good]);
        ChildProcess.Outcome none = await ConsoleProgram.RunAsync([.. report, units, "--not-worse-than", others]);

        some.ExitCode.Should().Be(0, some.Everything);
        some.Error.Should().Contain("not compared, since one side alone has a score: action units, mean F1");
        some.Output.Should().Contain("not compared, since one side alone has a score: action units, mean F1");
        none.ExitCode.Should().Be(2, none.Everything);
        none.Error.Should().Contain("no task that both have a score of");

        string Without(string name, Func<string, string> change)
        {
            string[] lines = File.ReadAllLines(good);
            string path = run.PathOf($"half-without-{name}.txt");
            File.WriteAllLines(path, lines.Select((line, i) => i == 0 ? line : change(line)));
            return path;
        }
    }

    [Fact]
    public async Task A_history_of_something_else_beside_a_model_costs_the_curves_alone()
    {
        string model = Path.Combine(Directory.CreateDirectory(run.PathOf("moved")).FullName, "model.safetensors");
        string folder = run.PathOf("moved-report");
        File.Copy(run.Model, model);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(model)!, "history.json"), """{"accuracy": [0.1]}""");

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            [
                "report", "--model", model, "--data", run.Data, "--annotations", run.Validation, "--device", "cpu", "--out", folder,
                .. Quick,
            ]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain("The report has no learning curves.").And.Contain("history.json");
        (await ReportDocument.LoadAsync(Path.Combine(folder, "report.html"))).Sections.Should().NotContain("How it learned");
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_one_line()
    {
        (string truth, string good, _) = Files("refused");
        string[] usual = ["report", "--annotations", truth, "--out", run.PathOf("refused-report")];

        (await ConsoleProgram.RefusalAsync(usual)).Should().Contain("--model FILE").And.Contain("--predictions FILE");
        (await ConsoleProgram.RefusalAsync([.. usual, "--model", run.Model])).Should().Contain("--model needs --data DIR");
        (await ConsoleProgram.RefusalAsync([.. usual, "--predictions", good, "--margin", "0.1"])).Should().Contain("--not-worse-than");
        (await ConsoleProgram.RefusalAsync([.. usual, "--predictions", good, "--subgroups", "height"])).Should()
            .Contain("has no column 'height'; it has gender, age");
        (await ConsoleProgram.RefusalAsync([.. usual, "--predictions", good, "--not-worse-than", run.Validation])).Should()
            .Contain(run.Validation);
        Directory.Exists(run.PathOf("refused-report")).Should().BeFalse();
    }

    // 400 rows in 40 videos; half of the people are read worse in the second predictions.
    private (string Truth, string Good, string Bad) Files(string name)
    {
        Random random = new(3);
        string header = "image,valence,arousal,expression,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26";
        List<string> truth = [header + ",gender,age"], good = [header], bad = [header];
        for (int i = 0; i < 400; i++)
        {
            int label = random.Next(8);
            string image = $"video{i % 40}/{i}.jpg", affect = string.Create(CultureInfo.InvariantCulture, $"{random.NextDouble():F3},0.1");
            string units = string.Join(',', Enumerable.Range(0, 12).Select(_ => random.Next(2)));
            bool isMale = i % 2 == 0;
            truth.Add($"{image},{affect},{label},{units},{(isMale ? "male" : "female")},{20 + (i % 50)}");
            good.Add($"{image},{affect},{(random.NextDouble() < 0.9 ? label : random.Next(8))},{units}");
            bad.Add($"{image},{affect},{(random.NextDouble() < (isMale ? 0.5 : 0.9) ? label : random.Next(8))},{units}");
        }

        return (Write("truth", truth), Write("good", good), Write("bad", bad));

        string Write(string what, List<string> lines)
        {
            string path = run.PathOf($"{name}-{what}.txt");
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
            return path;
        }
    }

    private static JsonElement Json(string folder) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "report.json"))).RootElement;

    private static double Number(JsonElement json, string name) => json.GetProperty(name).GetDouble();
}
