using System.Collections.Immutable;
using SsMfar.Training;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The options that repeat the best of a search are words of a shell.</summary>
public sealed class SearchOptionsTests
{
    [Fact]
    public void Plain_values_are_as_they_are() => Options(("Heads.Dropout", "0.3"), ("weights", "runs/a-1.safetensors")).Should()
        .Be("--recipe recommended --variant ss-mfar --set Heads.Dropout=0.3 --weights runs/a-1.safetensors");

    [Theory]
    [InlineData("Expression, ActionUnits", "\"Tasks=Expression, ActionUnits\"")]
    [InlineData("a;b", "\"Tasks=a;b\"")]
    [InlineData("$HOME", "'Tasks=$HOME'")]
    [InlineData("it's $1", "'Tasks=it'\\''s $1'")]
    [InlineData("", "Tasks=")]
    public void Other_values_are_quoted(string value, string word) =>
        Options(("Tasks", value)).Should().EndWith($" --set {word}");

    [UnixFact]
    public async Task A_shell_reads_the_settings_back()
    {
        string[] values = ["Expression, ActionUnits", "$HOME `ls` \\ \"x\"", "it's", "*", "~", "a  b", "#", "!!"];
        string options = Options([.. values.Select((value, i) => (FormattableString.Invariant($"Name{i}"), value))]);

        ChildProcess.Outcome read = await ChildProcess.RunAsync("sh", ["-c", $"printf '%s\\n' {options}"]);

        read.Output.TrimEnd('\n').Split('\n').Should().Equal(
        [
            "--recipe", "recommended", "--variant", "ss-mfar",
            .. values.SelectMany((value, i) => new[] { "--set", FormattableString.Invariant($"Name{i}={value}") }),
        ]);
    }

    // Another candidate has a use for it; train refuses what has none.
    [Fact]
    public void Settings_that_the_candidate_has_no_use_for_are_left_out()
    {
        SearchCandidate candidate = new(1, ImmutableSortedDictionary<string, string>.Empty
            .Add("variant", "mfar").Add("SemiSupervision.Threshold.Floor", "0.9").Add("Heads.Dropout", "0.3"));

        ConsoleAssembly.SearchOptions(candidate, "SemiSupervision.Threshold.Floor").Should()
            .Be("--recipe recommended --set Heads.Dropout=0.3 --variant mfar");
    }

    // Thresholds, weights and temperature are then the average's, which differ from each model's own.
    [Theory]
    [InlineData(true, 2, "Wrote m.")]
    [InlineData(false, 1, "Wrote m, the model as it was: nothing gained.")]
    [InlineData(false, 2, "Wrote m, which decides as the average of the models does: nothing gained beyond that.")]
    public void Tune_says_what_it_wrote(bool hasGained, int models, string words) =>
        ConsoleAssembly.Tuned("m", hasGained, models).Should().Be(words);

    private static string Options(params (string Name, string Value)[] settings) => ConsoleAssembly.SearchOptions(new(
        1, settings.ToImmutableSortedDictionary(setting => setting.Name, setting => setting.Value, StringComparer.Ordinal)));
}
