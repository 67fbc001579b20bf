using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Any of the trainer's options by name, and a run that stops early.</summary>
public sealed class SettingsTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task A_run_that_stops_early_says_so_and_is_complete()
    {
        string output = run.PathOf("stopped");
        string[] arguments =
            [.. run.SmallArguments(output), "--set", "EarlyStopping.Patience=1", "--set", "EarlyStopping.MinimumImprovement=9"];

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync([.. arguments, "--json"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain($"stopped after epoch 2 of {TrainedRun.Epochs}");
        JsonElement printed = JsonDocument.Parse(outcome.Output).RootElement;
        printed.GetProperty("epochs").GetInt32().Should().Be(2);
        printed.GetProperty("stopReason").GetString().Should().Be("no-improvement");
        run.Printed.GetProperty("stopReason").GetString().Should().Be("epochs-completed");

        JsonElement again = await ConsoleProgram.JsonAsync([.. arguments, "--resume"]);
        again.GetProperty("epochs").GetInt32().Should().Be(2);
        (await ConsoleProgram.RefusalAsync([.. run.SmallArguments(output), "--resume"])).Should().Contain(
            "--set was EarlyStopping.MinimumImprovement=9 EarlyStopping.Patience=1, is none");
    }

    [Fact]
    public async Task Settings_reach_every_row_of_an_ablation_and_win_over_recipe_and_variant()
    {
        string[] settings =
        [
            "LabelSmoothing=0.1", "Balancing.Weights.action_units=2", "Optimizer.Kind=adam", "EmaDecay=none",
            "ExpressionLoss.Consistency=0.25", "SemiSupervision.Tasks=Expression,ActionUnits",
        ];

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", run.PathOf("settings"), .. AblationRun.Faces, .. AblationRun
                .Budget, "--tables", "1", "--variants", "mfar,ss-mfar-no-kl", "--plan",
            .. settings.SelectMany(setting => new[] { "--set", setting })]);

        foreach (JsonElement row in printed.GetProperty("tables")[0].GetProperty("rows").EnumerateArray())
        {
            JsonElement configuration = row.GetProperty("configuration");
            Dictionary<string, string> expected = new()
            {
                ["LabelSmoothing"] = "0.1",
                ["Balancing.Weights.action_units"] = "2",
                ["Optimizer.Kind"] = "Adam",
                ["EmaDecay"] = "none",
                ["ExpressionLoss.Consistency"] = "0.25",
                ["SemiSupervision.Tasks"] = "Expression, ActionUnits",
            };
            expected.Should().OnlyContain(entry => configuration.GetProperty(entry.Key).GetString() == entry.Value);
        }
    }

    [Theory]
    [InlineData("LabelSmoothing", "NAME=VALUE")]
    [InlineData("Nonsense=1", "no setting 'Nonsense'", "--plan")]
    [InlineData("Optimizer.Nonsense=1", "no setting 'Optimizer.Nonsense'")]
    [InlineData("LabelSmoothing.Nonsense=1", "no setting 'LabelSmoothing.Nonsense'")]
    [InlineData("Optimizer=1", "group of settings", "Optimizer.WeightDecay")]
    [InlineData("LabelSmoothing=much", "'much'")]
    [InlineData("Optimizer.Kind=SGD", "'SGD'")]
    [InlineData("Optimizer.Kind=Adam,AdamW", "'Adam,AdamW' is no value")]
    [InlineData("Optimizer.Kind=1", "'1' is no value")]
    [InlineData("LabelSmoothing=1", "LabelSmoothing")]
    [InlineData("Balancing.Weights.age=2", "'age'", "expression")]
    [InlineData("Epochs=0", "Epochs")]
    [InlineData("Seed=5", "--seed", "--seeds")]
    [InlineData("OnBadImage=Skip", "--on-bad-image")]
    public async Task Settings_that_cannot_be_are_named(string setting, params string[] named) =>
        (await ConsoleProgram.RefusalAsync([.. run.Arguments(run.PathOf("refused-settings")), "--set", setting])).Should()
            .ContainAll(named);

    [Fact]
    public async Task A_setting_given_twice_is_refused() =>
        (await ConsoleProgram.RefusalAsync(
            [.. run.Arguments(run.PathOf("refused-settings")), "--set", "EmaDecay=0.9", "--set", "EmaDecay=0.8"]))
            .Should().ContainAll("EmaDecay", "twice");
}
