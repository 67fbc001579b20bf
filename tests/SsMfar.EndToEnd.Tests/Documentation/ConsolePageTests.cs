using System.Text.RegularExpressions;
using SsMfar.Tests.ConsoleApp;

namespace SsMfar.Tests.Documentation;

/// <summary>docs/console.md has the options that the console has, and the command lines of all pages are such as it takes.</summary>
public sealed partial class ConsolePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "console.md"));

    private static readonly Dictionary<string, string> Sections =
        Page.Split("\n## ").Skip(1).ToDictionary(section => section[..section.IndexOf('\n')]);

    private static readonly ILookup<string, string> Options =
        ConsoleAssembly.Declarations().ToLookup(option => option.Command, option => option.Name);

    // The first is the program itself, which has no name on the page.
    private static readonly string[] Commands = [.. Options.Select(command => command.Key).Skip(1)];

    public static TheoryData<string> Pages => [.. MarkdownFile.All().Select(page => page.Path)];

    [Fact]
    public void Every_command_has_a_section_that_names_all_its_options()
    {
        Commands.Should().HaveCountGreaterThan(20);
        Sections.Keys.Should().Contain(Commands);
        foreach (string command in Commands)
        {
            string others = Others().Match(Sections[command]) is { Success: true } row ? Sections[row.Groups["command"].Value] : "";
            Options[command].Except(Names(Sections[command] + others)).Should().BeEmpty($"they are options of {command}");
        }
    }

    [Fact]
    public void The_tables_of_a_section_have_options_of_its_command_alone()
    {
        foreach (string command in Commands)
        {
            Row().Matches(Sections[command]).SelectMany(row => Names(row.Groups["cell"].Value)).Except(Options[command])
                .Should().BeEmpty($"{command} has no such option");
        }
    }

    [Fact]
    public void Where_a_command_has_the_other_options_of_another_those_that_it_lacks_are_named()
    {
        string[] referring = [.. Commands.Where(command => Others().IsMatch(Sections[command]))];

        referring.Should().NotBeEmpty();
        foreach (string command in referring)
        {
            Match row = Others().Match(Sections[command]);
            Options[row.Groups["command"].Value].Except(Options[command]).Except(Names(row.Value))
                .Should().BeEmpty($"{command} lacks them");
        }
    }

    [Fact]
    public void Every_option_that_the_page_names_is_one_of_the_console() =>
        Page.Split('\n').Where(line => !line.StartsWith("dotnet ", StringComparison.Ordinal)).SelectMany(Names)
            .Except(ConsoleAssembly.Options()).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_line_in_a_shell_block_is_one_that_the_console_takes(string page)
    {
        IEnumerable<string> faults =
            from block in new MarkdownFile(page).ShellBlocks()
            from line in block.Code.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
            let call = Call().Match(line)
            where call.Success
            let arguments = Words(call.Groups["arguments"].Value)
            where !arguments.Contains("...") && !arguments.Contains("COMMAND")
            from error in ConsoleAssembly.ParseErrors(arguments)
            select $"{line.Trim()}: {error}";

        faults.Should().BeEmpty();
    }

    [Fact]
    public void A_command_line_that_the_console_does_not_take_is_found()
    {
        Match call = Call().Match("mpirun -n 2 ssmfar stats --annotations \"my labels.txt\" --nonsense $i/4 &");

        string[] words = Words(call.Groups["arguments"].Value);
        words.Should().Equal("stats", "--annotations", "my labels.txt", "--nonsense", "1/4");
        ConsoleAssembly.ParseErrors(words).Should().NotBeEmpty();
        ConsoleAssembly.ParseErrors(words[..3]).Should().BeEmpty();
    }

    private static IEnumerable<string> Names(string text) => Name().Matches(text).Select(match => match.Value);

    // As a shell parts them; what a variable stands for is a number somewhere in a name or in --shard.
    private static string[] Words(string arguments) =>
        [.. Word().Matches(Variable().Replace(arguments, "1")).Select(word => word.Value.Replace("\"", "", StringComparison.Ordinal))];

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]*")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\| (?<cell>(?:\\\||[^|\n])*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| others \| as for `(?<command>\w+)`[^|\n]*\|", RegexOptions.Multiline)]
    private static partial Regex Others();

    // Up to what a shell does with the program, and to a remark.
    [GeneratedRegex(@"(?:(?<![\w./-])ssmfar|SsMfar\.Console -c Release(?: --no-build)? --) (?<arguments>.*?)(?: &| \|\| .*|\s+#.*)?$")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?:""[^""]*""|\S)+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\$\w+")]
    private static partial Regex Variable();
}
