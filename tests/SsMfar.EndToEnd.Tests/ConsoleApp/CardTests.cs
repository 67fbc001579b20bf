using System.Text;
using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>A model's card from the shell: kept in the file, in what is exported of it, in its report, and as Markdown.</summary>
public sealed class CardTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const string Written =
        """
        {
          "name": "Drawn faces", "licence": "our own terms", "description": "Reads drawn faces <alone>.",
          "data": [{ "name": "drawn faces", "use": "training", "licence": "made by us", "rows": 64 }],
          "intendedUse": ["Tests."], "excludedUse": ["Work places.", "Schools."], "evaluatedOn": "other drawn people"
        }
        """;

    [Fact]
    public async Task A_card_is_kept_in_the_model_and_in_what_is_made_of_it()
    {
        string card = Write("card.json", Written), model = run.PathOf("carded.safetensors"), onnx = run.PathOf("carded.onnx");
        string markdown = run.PathOf("card.md"), report = Path.Combine(run.Out, "report.json");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "card", "--model", run.Model, "--describe", card, "--scores", report, "--out", model, "--markdown", markdown);

        JsonElement kept = printed.GetProperty("card");
        kept.GetProperty("licence").GetString().Should().Be("our own terms");
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(report));
        JsonElement intervals = scores.RootElement.GetProperty("bootstrap");
        kept.GetProperty("evaluation").GetProperty("rows").GetInt32().Should().Be(32);
        kept.GetProperty("evaluation").GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("low").GetDouble())
            .Should().Equal(new[]
            {
                intervals.GetProperty("expression").GetProperty("macroF1"), intervals.GetProperty("actionUnits").GetProperty("meanF1"),
                intervals.GetProperty("valenceArousal").GetProperty("mean"), intervals.GetProperty("pMtl"),
            }.Select(score => score.GetProperty("low").GetDouble()));
        File.ReadAllText(markdown).Should().ContainAll(
            "# Model card: Drawn faces", "our own terms", "Schools.", "32 faces", "2024/1689", "Neutral");

        await ConsoleProgram.JsonAsync("export", "--model", model, "--out", onnx);
        foreach (string file in new[] { model, onnx })
        {
            JsonElement again = await ConsoleProgram.JsonAsync("card", "--model", file);
            JsonElement.DeepEquals(again.GetProperty("card"), kept).Should().BeTrue(file);
        }

        (await ConsoleProgram.RunAsync("card", "--model", onnx)).Output.Trim().Should().Be(File.ReadAllText(markdown).Trim());
    }

    [Fact]
    public async Task Text_in_another_encoding_is_refused_and_not_kept_as_question_marks()
    {
        string card = run.PathOf("latin.json"), boxes = run.PathOf("latin.csv"), output = run.PathOf("latin.safetensors");
        string images = Path.Combine(run.Data, "images");
        string written = Written.Replace("Drawn faces", "Gesichter für Übungen", StringComparison.Ordinal);
        await File.WriteAllTextAsync(card, written, Encoding.Latin1);
        await File.WriteAllTextAsync(boxes, "image,x,y,width,height\nGrüße.jpg,1,1,9,9\n", Encoding.Latin1);

        (await ConsoleProgram.RefusalAsync("card", "--model", run.Model, "--describe", card, "--out", output)).Should()
            .Contain($"--describe '{card}' is not UTF-8 text. Save it as UTF-8.");
        File.Exists(output).Should().BeFalse();
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--images", images, "--boxes", boxes, "--out", output))
            .Should().Contain($"--boxes '{boxes}' is not UTF-8 text.");
        (await ConsoleProgram.RefusalAsync("video", "--input", images, "--model", run.Model, "--boxes", boxes, "--out", output))
            .Should().Contain($"--boxes '{boxes}' is not UTF-8 text.");

        await File.WriteAllTextAsync(card, written, Encoding.Unicode);
        (await ConsoleProgram.JsonAsync("card", "--model", run.Model, "--describe", card, "--out", output)).GetProperty("card")
            .GetProperty("name").GetString().Should().Be("Gesichter für Übungen", "its byte order mark tells the encoding");
    }

    [Fact]
    public async Task A_model_that_is_tuned_keeps_its_card_without_the_scores_of_what_it_decided_before()
    {
        string card = Write("scored.json", Written), model = run.PathOf("scored.safetensors"), tuned = run.PathOf("again.safetensors");
        await ConsoleProgram.JsonAsync(
            "card", "--model", run.Model, "--describe", card, "--scores", Path.Combine(run.Out, "report.json"), "--out", model);

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "tune", "--model", model, "--data", run.Data, "--annotations", run.Validation, "--accept", "always", "--out", tuned);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().ContainAll($"The card in {tuned} has no scores any more", "card --scores");
        JsonElement kept = (await ConsoleProgram.JsonAsync("card", "--model", tuned)).GetProperty("card");
        kept.GetProperty("name").GetString().Should().Be("Drawn faces");
        kept.GetProperty("evaluation").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_report_shows_the_models_card()
    {
        string card = Write("shown.json", Written), model = run.PathOf("shown.safetensors"), output = run.PathOf("shown-report");
        await ConsoleProgram.JsonAsync("card", "--model", run.Model, "--describe", card, "--out", model);

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "report", "--model", model, "--data", run.Data, "--annotations", run.Validation, "--bootstrap", "20", "--out", output);

        printed.GetProperty("card").GetProperty("name").GetString().Should().Be("Drawn faces");
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(output, "report.html"));
        page.ShouldStandAlone();
        ReportDocument.Part shown = page.Section("Model card");
        shown.Text.Should().ContainAll("Reads drawn faces <alone>.", "our own terms", "Schools.", "Not stated.", "no legal advice");
        shown.Tables[0][1].Should().Equal("drawn faces", "training", "made by us", "64");
    }

    [Fact]
    public async Task What_is_no_card_is_refused_and_nothing_is_written()
    {
        string output = run.PathOf("refused.safetensors");

        (await ConsoleProgram.RefusalAsync("card", "--model", run.Model)).Should().ContainAll(run.Model, "has no card", "--describe");
        string wrong = Write("wrong.json", """{ "license": "MIT" }""");
        (await ConsoleProgram.RefusalAsync("card", "--model", run.Model, "--describe", wrong, "--out", output)).Should()
            .ContainAll(wrong, "'license'", "licence");
        (await ConsoleProgram.RefusalAsync("card", "--model", run.Model, "--scores", wrong, "--out", output)).Should()
            .ContainAll(wrong, "is no report");
        (await ConsoleProgram.RefusalAsync("card", "--model", run.Model, "--describe", wrong)).Should().Contain("--out");
        (await ConsoleProgram.RefusalAsync("card", "--model", run.Model, "--out", output)).Should().Contain("--describe");
        File.Exists(output).Should().BeFalse();
    }

    [Fact]
    public async Task The_mistakes_of_a_finished_run_are_pictures_for_TensorBoard()
    {
        string events = run.PathOf("events");

        await ConsoleProgram.JsonAsync(run.SmallArguments(run.PathOf("watched"), "--tensorboard", events));

        string[] files = Directory.GetFiles(events, "events.out.tfevents.*");
        files.Should().HaveCount(2, "the run's numbers, and the pictures");
        string all = string.Concat(files.Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        all.Should().ContainAll("mistakes/expression/01 ", " read as ", "mistakes/valence_arousal/12 ", "mistakes/action_units/01 ", "PNG");
    }

    private string Write(string name, string text)
    {
        string path = run.PathOf(name);
        File.WriteAllText(path, text);
        return path;
    }
}
