using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Postprocessing;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What is done with a trained model's predictions: thresholds tuned, models averaged, lists completed.</summary>
public sealed class AfterTrainingTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task Tuned_decisions_are_in_the_model_and_give_the_scores_that_were_promised()
    {
        string tuned = run.PathOf("tuned.safetensors");
        string page = run.PathOf("tuned.html");
        string[] judged = ["--data", run.Data, "--annotations", run.Validation];

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["tune", "--model", run.Model, .. judged, "--out", tuned, "--group-by", "identities", "--accept", "always", "--report", page]);

        JsonElement before = await Evaluate(run.Model);
        JsonElement after = await Evaluate(tuned);
        foreach ((JsonElement evaluated, string promised) in new[] { (before, "untuned"), (after, "tuned") })
        {
            foreach (string task in new[] { "expression", "actionUnits", "valenceArousal", "calibration" })
            {
                JsonElement.DeepEquals(evaluated.GetProperty(task), printed.GetProperty(promised).GetProperty(task)).Should()
                    .BeTrue($"{task}, {promised}");
            }
        }

        UnitF1(after).Should().BeGreaterThan(UnitF1(before), "a model of a few steps is far from tuned");
        Number(after, "calibration", "expression", "negativeLogLikelihood").Should()
            .BeLessThan(Number(before, "calibration", "expression", "negativeLogLikelihood"));
        printed.GetProperty("crossFitted").GetProperty("actionUnits").GetProperty("f1").GetArrayLength().Should().Be(12);
        printed.GetProperty("temperature").GetProperty("expectedCalibrationError").GetProperty("gain").GetProperty("low").GetDouble()
            .Should().BeInRange(-1, 1);
        ModelMetadata stored = ModelFile.ReadDescription(tuned).Metadata;
        stored.ActionUnitThresholds()!.Value.Should().Equal(Floats("thresholds", "value"));
        stored.ExpressionDecision()!.Weights.Should().Equal(Floats("expressionWeights", "value")).And.HaveCount(8);
        stored.ExpressionDecision()!.Temperature.Should().Be(Number(printed, "temperature", "value")).And.NotBe(1);
        Floats("thresholds", "before").Should().OnlyContain(threshold => threshold == 0.5f);
        Floats("expressionWeights", "before").Should().OnlyContain(weight => weight == 1);

        // What predict writes, and score makes of it, is the same.
        string probabilities = run.PathOf("tuned.csv");
        (await ConsoleProgram.RunAsync(
            "predict", "--model", tuned, "--list", run.Validation, "--data", run.Data, "--probabilities", probabilities)).ExitCode.Should()
            .Be(0);
        JsonElement scored = await ConsoleProgram.JsonAsync("score", "--annotations", run.Validation, "--predictions", probabilities);
        JsonElement.DeepEquals(scored.GetProperty("expression"), after.GetProperty("expression")).Should().BeTrue();
        JsonElement.DeepEquals(scored.GetProperty("calibration"), after.GetProperty("calibration")).Should().BeTrue();

        ReportDocument report = await ReportDocument.LoadAsync(page);
        report.ShouldStandAlone();
        report.Sections.Should().Equal(
            "What it is worth", "How far probabilities can be believed", "Expressions", "Action units");
        report.Section("What it is worth").Tables.Single().Select(row => row[0]).Should()
            .Equal("part", "temperature", "", "weights of expressions", "thresholds of units");
        report.Section("How far probabilities can be believed").Charts.Select(chart => chart.Names.Count).Should().Equal(3, 2);
        report.Section("Expressions").Tables.Single().Should().HaveCount(9);

        Task<JsonElement> Evaluate(string model) => ConsoleProgram.JsonAsync(["evaluate", "--model", model, .. judged]);

        float[] Floats(string part, string which) =>
            [.. printed.GetProperty(part).GetProperty(which).EnumerateArray().Select(value => value.GetSingle())];
    }

    [Fact]
    public async Task A_table_reads_and_says_of_each_part_whether_it_is_kept()
    {
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "tune", "--model", run.Model, "--data", run.Data, "--annotations", run.Validation, "--accept", "sure");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().ContainAll(
            "AU26", "Surprise", "untuned", "cross-fitted", "on these rows", "mean", "temperature", "macro F1", "calibration error (ECE)");
        outcome.Output.Should().MatchRegex("weights of expressions +macro F1 .*(kept|left off: (may be chance|no gain))");
        outcome.Error.Should().NotContain("Wrote", "without --out nothing is written");
    }

    [Fact]
    public async Task Models_tuned_as_their_average_decide_so_when_averaged()
    {
        (string One, string Two) tuned = (run.PathOf("average1.safetensors"), run.PathOf("average2.safetensors"));
        string[] judged = ["--data", run.Data, "--annotations", run.Validation];

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["tune", "--model", run.Model, "--model", run.Model, .. judged, "--out", tuned.One, "--out", tuned.Two, "--accept", "always"]);
        JsonElement after = await ConsoleProgram.JsonAsync(["evaluate", "--model", tuned.One, "--model", tuned.Two, .. judged]);

        Number(after, "expression", "macroF1").Should()
            .BeApproximately(Number(printed, "tuned", "expression", "macroF1"), 1e-12);
        Number(after, "calibration", "expression", "expectedCalibrationError").Should()
            .BeApproximately(Number(printed, "tuned", "calibration", "expression", "expectedCalibrationError"), 1e-5);
        UnitF1(after).Should().BeApproximately(Number(printed, "tuned", "actionUnits", "meanF1"), 1e-12);
        (await ConsoleProgram.RefusalAsync(
            ["tune", "--model", run.Model, "--model", run.Model, .. judged, "--out", tuned.One])).Should().Contain("1 times for 2 --model");
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

    private static double Number(JsonElement json, params string[] path) =>
        path.Aggregate(json, (element, name) => element.GetProperty(name)).GetDouble();

    private static double UnitF1(JsonElement score) => score.GetProperty("actionUnits").GetProperty("meanF1").GetDouble();
}
