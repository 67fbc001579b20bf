using System.Text.Json;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Postprocessing;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What is done with a trained model's predictions: thresholds tuned, models averaged, lists completed.</summary>
[Collection(TrainedRun.Collection)]
public sealed class AfterTrainingTests(TrainedRun run)
{
    [Fact]
    public async Task Tuned_thresholds_are_in_the_model_and_give_the_score_that_was_promised()
    {
        string tuned = run.PathOf("tuned.safetensors");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "tune", "--model", run.Model, "--data", run.Data, "--annotations", run.Validation, "--out", tuned, "--group-by", "identities");

        JsonElement before = await Evaluate(run.Model);
        JsonElement after = await Evaluate(tuned);
        UnitF1(before).Should().BeApproximately(printed.GetProperty("untuned").GetProperty("meanF1").GetDouble(), 1e-12);
        UnitF1(after).Should().BeApproximately(printed.GetProperty("tuned").GetProperty("meanF1").GetDouble(), 1e-12);
        UnitF1(after).Should().BeGreaterThan(UnitF1(before), "a model of a few steps is far from tuned");
        after.GetProperty("expression").GetRawText().Should().Be(before.GetProperty("expression").GetRawText());
        printed.GetProperty("crossFitted").GetProperty("f1").GetArrayLength().Should().Be(12);
        ModelFile.ReadDescription(tuned).Metadata.ActionUnitThresholds()!.Value.Should()
            .Equal(printed.GetProperty("thresholds").EnumerateArray().Select(threshold => threshold.GetSingle()));
        printed.GetProperty("thresholdsBefore").EnumerateArray().Should().OnlyContain(threshold => threshold.GetSingle() == 0.5f);

        Task<JsonElement> Evaluate(string model) =>
            ConsoleProgram.JsonAsync("evaluate", "--model", model, "--data", run.Data, "--annotations", run.Validation);
    }

    [Fact]
    public async Task A_table_reads_and_names_the_three_scores()
    {
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "tune", "--model", run.Model, "--data", run.Data, "--annotations", run.Validation, "--out", run.PathOf("table.safetensors"));

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().ContainAll("AU26", "untuned", "cross-fitted", "on these rows", "mean");
    }

    [Fact]
    public async Task Nothing_known_cannot_be_tuned_on()
    {
        string list = run.PathOf("names-alone.txt");
        await File.WriteAllLinesAsync(list, ["image", .. AnnotationSet.Load(run.Validation).Select(row => row.Image)]);
        string output = run.PathOf("never.safetensors");

        (await ConsoleProgram.RefusalAsync("tune", "--model", run.Model, "--data", run.Data, "--annotations", list, "--out", output))
            .Should()
            .Contain(list);
        File.Exists(output).Should().BeFalse();
    }

    [Fact]
    public async Task Several_models_are_averaged()
    {
        string one = run.PathOf("one.csv");
        string both = run.PathOf("both.csv");
        string submission = run.PathOf("both.txt");
        string[] faces = ["--list", run.Validation, "--data", run.Data];

        (await ConsoleProgram.RunAsync(["predict", "--model", run.Model, .. faces, "--probabilities", one])).Output.Should().BeEmpty();
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            ["predict", "--model", run.Model, "--model", run.Model, .. faces, "--probabilities", both, "--out", submission]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        PredictionTable.Load(both).Images.Should().Equal(AnnotationSet.Load(run.Validation).Select(row => row.Image));
        Tables.Rows(Submission.Load(submission)).Should().Equal(Tables.Rows(PredictionTable.Load(both).ToSubmission()));
        float[] Numbers(string path) => [.. File.ReadLines(path).Skip(1).SelectMany(line => line.Split(',').Skip(1).Select(float.Parse))];
        Numbers(both).Zip(Numbers(one)).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
        JsonElement scored = await ConsoleProgram.JsonAsync(
            "evaluate", "--model", run.Model, "--model", run.Model, "--data", run.Data, "--annotations", run.Validation);
        scored.GetProperty("pMtl").GetDouble().Should()
            .BeApproximately(run.Printed.GetProperty("score").GetProperty("pMtl").GetDouble(), 1e-4);
    }

    [Fact]
    public async Task Every_image_of_a_list_is_there_even_if_it_cannot_be_read()
    {
        string list = run.PathOf("release.txt");
        string[] names = [.. AnnotationSet.Load(run.Validation).Select(row => row.Image)];
        await File.WriteAllLinesAsync(list, ["image", names[0], "gone/00007.jpg", .. names[1..]]);
        string output = run.PathOf("release-predictions.txt");
        string[] arguments = ["predict", "--model", run.Model, "--list", list, "--data", run.Data, "--out", output];

        (await ConsoleProgram.RefusalAsync(arguments)).Should().Contain("gone/00007.jpg");
        File.Exists(output).Should().BeFalse();
        ChildProcess.Outcome filled = await ConsoleProgram.RunAsync([.. arguments, "--on-bad-image", "fill"]);

        filled.ExitCode.Should().Be(0, filled.Everything);
        filled.Error.Should().Contain("1 of 33 images").And.Contain("gone/00007.jpg");
        Submission.Load(output).Select(row => row.Image).Should().Equal([names[0], "gone/00007.jpg", .. names[1..]]);
    }

    private static double UnitF1(JsonElement score) => score.GetProperty("actionUnits").GetProperty("meanF1").GetDouble();
}
