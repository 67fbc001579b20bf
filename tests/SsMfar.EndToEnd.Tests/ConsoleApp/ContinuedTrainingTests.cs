using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What <c>train</c> may start from, and how a run goes on after its end.</summary>
public sealed class ContinuedTrainingTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private static readonly string[] Constant = ["--set", "Schedule.Kind=Constant", "--set", "Schedule.WarmUpFraction=0"];

    [Fact]
    public async Task More_epochs_after_the_end_give_the_model_and_the_record_of_a_run_that_had_them_from_the_start()
    {
        string whole = run.PathOf("whole"), longer = run.PathOf("longer");
        string[] settings = [.. TrainedRun.SmallBackbone, .. Constant];
        await ConsoleProgram.JsonAsync(Arguments(whole, 3, settings));
        await ConsoleProgram.JsonAsync(Arguments(longer, 1, settings));
        JsonElement printed = await ConsoleProgram.JsonAsync([.. Arguments(longer, 3, settings), "--resume"]);

        printed.GetProperty("epochs").GetInt32().Should().Be(3);
        foreach (string file in new[] { "model.safetensors", "run.json" })
        {
            byte[] one = await File.ReadAllBytesAsync(Path.Combine(whole, file));
            byte[] other = await File.ReadAllBytesAsync(Path.Combine(longer, file));
            other.AsSpan().SequenceEqual(one).Should().BeTrue(file);
        }
    }

    [Fact]
    public async Task More_epochs_under_one_cycle_are_refused_with_the_ways()
    {
        string line = await ConsoleProgram.RefusalAsync([.. Arguments(run.Out, TrainedRun.Epochs + 2), "--resume"]);

        line.Should().ContainAll(
            $"Epochs was {TrainedRun.Epochs}, is {TrainedRun.Epochs + 2}", "--set Schedule.Kind", "--start-from",
            $"by --set Schedule.Epochs={TrainedRun.Epochs + 2} or", "--set Schedule.Epochs=N");
        line.Should().NotContain("UseStartModel");
    }

    [Fact]
    public async Task A_run_starts_from_a_whole_model_and_says_what_it_took()
    {
        string output = run.PathOf("started");
        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync(
            [
                .. Arguments(output, 1), "--start-from", run.Model, "--variant", "mfar", "--tasks", "expression,valence_arousal", "--json",
            ]);

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Split('\n')[0].Trim().Should()
            .Be("The run starts from the model model.safetensors, its backbone at a peak learning rate of 0.0005.");
        JsonElement start = JsonDocument.Parse(trained.Output).RootElement.GetProperty("start");
        start.GetProperty("taken").EnumerateArray().Select(part => part.GetString()).Should()
            .Equal("backbone", "head of expression", "head of valence_arousal");
        start.GetProperty("left").EnumerateObject().Select(part => (part.Name, part.Value.GetString())).Should()
            .Equal(("head of action_units", "the task is not learned"));
        run.Printed.GetProperty("start").ValueKind.Should().Be(JsonValueKind.Null);

        (await ConsoleProgram.RefusalAsync([.. Arguments(output, 1), "--resume", "--variant", "mfar", "--tasks",
            "expression,valence_arousal", "--start-from", Path.Combine(run.Data, "train.txt")])).Should()
            .Contain("--start-from was content");
    }

    [Theory]
    [InlineData("--start-from MODEL --weights MODEL", "--start-from and --weights")]
    [InlineData("--start-from MODEL --variant ss-mfar-50", "--start-from out")]
    [InlineData("--start-from MODEL --backbone resnet34", "resnet18 with --backbone")]
    [InlineData("--start-from nothing.safetensors", "--start-from 'nothing.safetensors'")]
    public async Task What_cannot_start_is_refused_in_the_words_of_the_console(string arguments, string named)
    {
        string output = run.PathOf("refused-start");
        (await ConsoleProgram.RefusalAsync(
            Arguments(output, 1, arguments.Replace("MODEL", run.Model, StringComparison.Ordinal).Split(' '))))
            .Should().Contain(named);
        Directory.Exists(output).Should().BeFalse();
    }

    [Fact]
    public async Task Heads_alone_are_trained_on_frozen_features_at_the_rate_given()
    {
        string output = run.PathOf("frozen");
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            [.. Arguments(output, 2), "--frozen", "--learning-rate", "0.01", "--start-from", run.Model, "--json"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Split('\n')[0].Trim().Should().Be("The run starts from the model model.safetensors.");
        JsonElement score = await ConsoleProgram.JsonAsync(
            "evaluate", "--model", Path.Combine(output, "model.safetensors"), "--data", run.Data, "--annotations", run.Validation);
        score.GetProperty("pMtl").GetDouble().Should().BeApproximately(
            JsonDocument.Parse(outcome.Output).RootElement.GetProperty("score").GetProperty("pMtl").GetDouble(), 1e-4);
        (await ConsoleProgram.RefusalAsync([.. Arguments(output, 2), "--learning-rate", "0.01", "--start-from", run.Model, "--resume"]))
            .Should().Contain("--frozen was given, is none");
    }

    private string[] Arguments(string output, int epochs, params string[] more)
    {
        string[] arguments = run.Arguments(output, more);
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = $"{epochs}";
        return arguments;
    }
}
