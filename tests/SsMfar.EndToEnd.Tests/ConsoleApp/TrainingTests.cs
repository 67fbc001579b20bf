using System.Text.Json;
using SsMfar.Data;
using SsMfar.Submissions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>A run from the shell: trained, evaluated, predicted, interrupted and resumed.</summary>
public sealed class TrainingTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public void Training_reports_and_writes_the_best_model()
    {
        run.Printed.GetProperty("epoch").GetInt32().Should().BeInRange(1, TrainedRun.Epochs);
        run.Printed.GetProperty("seconds").GetDouble().Should().BePositive();
        run.Printed.GetProperty("imagesPerSecond").GetDouble().Should().BePositive();
        run.Printed.GetProperty("score").GetProperty("expressionClasses").GetArrayLength().Should().Be(8);
        File.Exists(run.Model).Should().BeTrue();
        JsonDocument.Parse(File.ReadAllText(Path.Combine(run.Out, "history.json"))).RootElement.GetArrayLength().Should()
            .Be(TrainedRun.Epochs);
    }

    [Fact]
    public async Task Evaluation_gives_the_score_that_training_reported()
    {
        JsonElement evaluated = await ConsoleProgram.JsonAsync(
            "evaluate",
            "--model",
            run.Model,
            "--data",
            run.Data,
            "--annotations",
            run.Validation);

        // The model's exact weights and a batch of the same images; only the order of sums may differ.
        JsonElement reported = run.Printed.GetProperty("score");
        Pmtl(evaluated).Should().BeApproximately(Pmtl(reported), 1e-4);
        JsonElement.DeepEquals(evaluated.GetProperty("expression"), reported.GetProperty("expression")).Should().BeTrue();
    }

    [Fact]
    public async Task Predictions_of_a_list_keep_its_order_and_score_as_the_evaluation()
    {
        string list = run.PathOf("list.txt");
        AnnotationSet validation = AnnotationSet.Load(run.Validation);
        string[] names = [.. validation.Select(row => row.Image).Reverse()];
        await File.WriteAllLinesAsync(list, ["image", .. names]);
        string output = run.PathOf("predictions.txt");

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "predict",
            "--model",
            run.Model,
            "--list",
            list,
            "--data",
            run.Data,
            "--out",
            output);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().BeEmpty();
        Submission.Load(output).Select(row => row.Image).Should().Equal(names);
        JsonElement score = await ConsoleProgram.JsonAsync("score", "--annotations", run.Validation, "--predictions", output);
        Pmtl(score).Should().BeApproximately(Pmtl(run.Printed.GetProperty("score")), 1e-4);
    }

    [Fact]
    public async Task A_folder_is_predicted_by_name_and_a_single_image_with_probabilities()
    {
        string folder = Path.Combine(run.Data, "images");
        string output = run.PathOf("folder.txt");
        (await ConsoleProgram.RunAsync("predict", "--model", run.Model, "--images", folder, "--out", output)).ExitCode.Should().Be(0);
        string[] files = [.. Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        SubmissionRow[] rows = [.. Submission.Load(output)];
        rows.Select(row => Path.Combine(folder, row.Image)).Should().Equal(files);

        JsonElement single = (await ConsoleProgram.JsonAsync("predict", "--model", run.Model, "--image", files[5])).GetProperty(
            "predictions")[0];

        single.GetProperty("image").GetString().Should().Be(Path.GetFileName(files[5]));
        single.GetProperty("expressionProbabilities").EnumerateObject().Sum(p => p.Value.GetDouble()).Should().BeApproximately(1, 1e-5);
        single.GetProperty("valence").GetDouble().Should().BeApproximately(rows[5].Valence!.Value, 1e-4);
    }

    [Fact]
    public async Task An_interrupted_run_resumes_to_the_model_of_one_never_stopped()
    {
        string output = run.PathOf("interrupted");

        ChildProcess.Outcome interrupted = await ConsoleProgram.InterruptAsync("epoch 1/", run.Arguments(output, "--json"));

        interrupted.ExitCode.Should().Be(130, interrupted.Everything);
        interrupted.Output.Should().BeEmpty();
        interrupted.Error.Split('\n')[^1].Should().Contain("--resume");
        File.Exists(Path.Combine(output, "model.safetensors")).Should().BeFalse();
        JsonElement resumed = await ConsoleProgram.JsonAsync(run.Arguments(output, "--resume"));
        Pmtl(resumed.GetProperty("score")).Should().Be(Pmtl(run.Printed.GetProperty("score")));
        byte[] model = await File.ReadAllBytesAsync(Path.Combine(output, "model.safetensors"));
        byte[] uninterrupted = await File.ReadAllBytesAsync(run.Model);
        model.AsSpan().SequenceEqual(uninterrupted).Should().BeTrue();
    }

    [Fact]
    public async Task A_run_that_is_asked_to_end_by_SIGTERM_ends_as_one_that_is_interrupted()
    {
        ChildProcess.Outcome asked = await ConsoleProgram.TerminateAsync("epoch 1/", run.SmallArguments(run.PathOf("asked-to-end")));

        asked.ExitCode.Should().Be(130, asked.Everything);
        asked.Error.Split('\n')[^1].Should().Contain("--resume");
    }

    [Fact]
    public async Task A_finished_run_reports_again()
    {
        JsonElement again = await ConsoleProgram.JsonAsync(run.Arguments(run.Out, "--resume"));

        again.GetRawText().Should().Be(run.Printed.GetRawText());
    }

    [Fact]
    public async Task A_class_without_rows_is_refused_with_the_file_that_lacks_it()
    {
        string file = run.PathOf("no-fear.txt");
        int fear = ExpressionClassSet.AffWild2.IndexOf("Fear");
        new AnnotationSet(AnnotationSet.Load(run.Train).Where(row => row.Expression != fear)).Save(file);
        string output = run.PathOf("refused");

        string line = await ConsoleProgram.RefusalAsync(
            "train", "--data", run.Data, "--train", file, "--validation", run
                .Validation, "--recipe", "paper", "--size", "32", "--device", "cpu", "--out", output);

        line.Should().ContainAll(file, "Fear", "cap");
        Directory.Exists(output).Should().BeFalse("nothing was trained");
    }

    private static double Pmtl(JsonElement score) => score.GetProperty("pMtl").GetDouble();
}
