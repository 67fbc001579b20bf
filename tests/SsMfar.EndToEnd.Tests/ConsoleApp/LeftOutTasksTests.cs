using System.Text.Json;
using SsMfar.Data;
using SsMfar.Models;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>train</c> on annotations that have no label of a task, and what the other commands make of such a model.</summary>
public sealed class LeftOutTasksTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task A_task_without_labels_is_left_out_from_training_to_scores()
    {
        string train = Without(run.Train, "no-affect.txt");
        string output = run.PathOf("no-affect");
        string[] arguments = run.SmallArguments(output, "--json");
        arguments[Array.IndexOf(arguments, "--train") + 1] = train;
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync(arguments);

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Should().Contain("has a label of valence_arousal: not learned");
        JsonElement printed = JsonDocument.Parse(trained.Output).RootElement;
        printed.GetProperty("tasks").EnumerateArray().Select(task => task.GetString()).Should().Equal("expression", "action_units");
        printed.GetProperty("tasksLeftOut").EnumerateArray().Select(task => task.GetString()).Should().Equal("valence_arousal");
        string model = printed.GetProperty("model").GetString()!;

        string submission = run.PathOf("no-affect-predictions.txt");
        string probabilities = run.PathOf("no-affect-probabilities.csv");
        string[] faces = ["--list", run.Validation, "--data", run.Data];
        ChildProcess.Outcome predicted = await ConsoleProgram.RunAsync(["predict", "--model", model, .. faces, "--out", submission,
            "--probabilities", probabilities]);
        predicted.ExitCode.Should().Be(0, predicted.Everything);
        File.ReadLines(submission).Skip(1)
            .Should().OnlyContain(line => line.Split(',', StringSplitOptions.None)[1] == "-5"
            && line.Split(',', StringSplitOptions.None)[2] == "-5");
        JsonElement first = (await ConsoleProgram.JsonAsync(["predict", "--model", model, .. faces])).GetProperty("predictions")[0];
        first.GetProperty("valence").ValueKind.Should().Be(JsonValueKind.Null);
        first.GetProperty("arousal").ValueKind.Should().Be(JsonValueKind.Null);
        first.GetProperty("expression").ValueKind.Should().Be(JsonValueKind.String);

        JsonElement scored = await ConsoleProgram.JsonAsync("score", "--annotations", run.Validation, "--predictions", submission,
            "--bootstrap", "20");
        JsonElement evaluated = await ConsoleProgram.JsonAsync("evaluate", "--model", model, "--data", run.Data, "--annotations",
            run.Validation);
        foreach (JsonElement scores in new[] { scored, evaluated })
        {
            scores.GetProperty("valenceArousal").GetProperty("mean").ValueKind.Should().Be(JsonValueKind.Null);
            scores.GetProperty("pMtl").ValueKind.Should().Be(JsonValueKind.Null);
            scores.GetProperty("expression").GetProperty("macroF1").ValueKind.Should().Be(JsonValueKind.Number);
            scores.GetProperty("actionUnits").GetProperty("meanF1").ValueKind.Should().Be(JsonValueKind.Number);
        }

        string smoothed = run.PathOf("no-affect-smoothed.txt");
        (await ConsoleProgram.RunAsync("smooth", "--predictions", probabilities, "--out", smoothed, "--sigma", "2")).ExitCode
            .Should().BeOneOf(0, 2);
    }

    [Fact]
    public async Task Tasks_are_chosen_by_hand()
    {
        string output = run.PathOf("by-hand");
        string[] arguments = run.SmallArguments(output, "--tasks", "action_units,valence_arousal", "--variant", "mfar");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        JsonElement printed = await ConsoleProgram.JsonAsync(arguments);

        ModelFile.ReadDescription(printed.GetProperty("model").GetString()!).Architecture.Heads.Select(head => head.Task)
            .Should().Equal("valence_arousal", "action_units");
        string[] resumed = [.. arguments, "--resume"];
        resumed[Array.IndexOf(resumed, "--tasks") + 1] = "action_units";
        (await ConsoleProgram.RefusalAsync(resumed)).Should().Contain("--tasks was valence_arousal,action_units, is action_units");
    }

    [Theory]
    [InlineData("expression,gaze", "--tasks 'expression,gaze': must be some of expression, valence_arousal, action_units")]
    [InlineData("expression,expression", "each once")]
    [InlineData("", "--tasks ''")]
    [InlineData(
        "valence_arousal",
        "--tasks valence_arousal leaves out expression, which --variant ss-mfar gives pseudo-labels for: add --variant mfar")]
    public async Task A_choice_that_cannot_be_is_refused_with_the_remedy(string tasks, string message)
    {
        string output = run.PathOf("refused-tasks");

        (await ConsoleProgram.RefusalAsync(run.Arguments(output, "--tasks", tasks))).Should().Contain(message);
        Directory.Exists(output).Should().BeFalse();
    }

    [Fact]
    public async Task No_label_at_all_is_refused()
    {
        string names = run.PathOf("no-labels.txt");
        await File.WriteAllLinesAsync(names, ["image", .. AnnotationSet.Load(run.Train).Select(row => row.Image)]);
        string[] arguments = run.Arguments(run.PathOf("no-labels"));
        arguments[Array.IndexOf(arguments, "--train") + 1] = names;

        (await ConsoleProgram.RefusalAsync(arguments))
            .Should().Contain("No row of the training set has a label of expression, valence_arousal, action_units");
    }

    private string Without(string annotations, string name)
    {
        string path = run.PathOf(name);
        new AnnotationSet(AnnotationSet.Load(annotations).Select(row => row with { ValenceArousal = null })).Save(path);
        return path;
    }
}
