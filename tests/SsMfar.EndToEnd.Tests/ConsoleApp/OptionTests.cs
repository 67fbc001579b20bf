namespace SsMfar.Tests.ConsoleApp;

/// <summary>The options of all commands: a name that was learned in one means the same in another.</summary>
public sealed class OptionTests
{
    // A folder in one command and a file in another; what can be done about an image differs between training and prediction; split
    // takes columns too; a checkpoint to convert is always a file; and training and files have formats of their own.
    private static readonly string[] OtherForms = ["--out", "--on-bad-image", "--group-by", "--weights", "--precision"];

    [Fact]
    public void Options_of_one_name_have_one_form_and_one_meaning_in_all_commands()
    {
        var declarations = ConsoleAssembly.Declarations();

        declarations.Select(option => option.Command).Distinct().Should().HaveCountGreaterThan(10);
        foreach (var options in declarations.GroupBy(option => option.Name))
        {
            // What a command makes of an option, such as its default, follows after a semicolon.
            options.Select(option => option.Help.Split(';')[0]).Distinct().Should()
                .ContainSingle($"{options.Key} means one thing in {string.Join(", ", options.Select(option => option.Command))}");
            if (!OtherForms.Contains(options.Key))
            {
                options.Select(option => option.Form).Distinct().Should().ContainSingle($"{options.Key} takes one form of value");
            }
        }
    }

    [Fact]
    public void Only_options_that_read_all_that_they_are_given_may_be_given_several_times()
    {
        ConsoleAssembly.Repeatable().Should().BeEquivalentTo(
        [
            "ablate --pretrained", "ablate --set", "audit --set", "evaluate --model", "predict --model", "report --model", "search --set",
            "train --set", "tune --model", "tune --out",
        ]);
        ConsoleAssembly.ParseErrors(
            ["report", "--predictions", "p", "--annotations", "a", "--out", "o", "--subgroups", "age", "--subgroups", "gender"]).Should()
            .ContainSingle().Which.Should().Contain("--subgroups");
    }

    [Fact]
    public void Options_of_one_meaning_have_one_name()
    {
        ConsoleAssembly.Declarations().Where(option => option.Help.Length > 0)
            .GroupBy(option => option.Help.Split(';')[0])
            .Where(options => options.Select(option => option.Name).Distinct().Skip(1).Any())
            .Select(options => string.Join(", ", options.Select(option => $"{option.Command} {option.Name}")))
            .Should().BeEmpty();
    }

    [Fact]
    public void Training_and_ablation_share_the_spelling_of_what_they_share()
    {
        ILookup<string, string> commands = ConsoleAssembly.Declarations().ToLookup(option => option.Command, option => option.Name);

        commands["train"].Intersect(commands["ablate"]).Should().Contain(
        [
            "--data", "--train", "--validation", "--out", "--resume", "--channel-order", "--size", "--batch-size", "--epochs",
            "--learning-rate", "--weights", "--set", "--device", "--precision", "--classes", "--cache", "--hide-expressions",
            "--hide-labels",
        ]);
        commands["render"].Intersect(commands["ablate"]).Should().Contain(["--faces", "--validation-faces"]);
    }
}
