using System.Reflection;
using System.Text.RegularExpressions;
using SsMfar.Tests.ConsoleApp;

namespace SsMfar.Tests.Campaigns;

/// <summary>Short forms of the campaigns of tests/SsMfar.Campaigns, which docs/reliability.md describes: each finds nothing.</summary>
public sealed class CampaignTests
{
    private static readonly string Program = Path.Combine(
        Repository.Root, "tests", "SsMfar.Campaigns", "bin",
        typeof(CampaignTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0",
        "SsMfar.Campaigns.dll");

    [Fact]
    public async Task Files_that_once_found_a_fault_find_none_and_whole_ones_are_read() => await FindsNothingAsync("replay");

    [Fact]
    public async Task Two_thousand_damaged_files_of_every_kind_find_nothing()
    {
        using TemporaryFolder folder = new();

        string table = await FindsNothingAsync("fuzz", "all", "--cases", "2000", "--seed", "7", "--found", folder.Path);

        table.Should().Contain("| annotations | 2,000 | 0 | 0 |").And.Contain("| picture | 200 | 0 | 0 |");
    }

    [Fact]
    public async Task Commands_that_are_killed_leave_nothing_that_is_half_and_are_made_again() =>
        (await FindsNothingAsync("kill", "export", "render", "split", "--kills", "9", "--seed", "5")).Should().Contain("| all | 9 | 0 |");

    // The counts tell that faults were met: one that a program is deaf to would find nothing either.
    [RequiresTool("cc")]
    public async Task Commands_on_a_disk_that_fails_say_so_and_leave_what_was_there()
    {
        string table = await FindsNothingAsync("disk", "export", "render", "--each", "1", "--kinds", "failing", "slow");

        table.Should().Contain("| export | 5 | 0 |").And.Contain("| render | 5 | 0 |");
        table.Split("4 of 4 calls failed").Should().HaveCount(3, table);
    }

    [Fact]
    public async Task A_command_on_a_full_disk_in_little_memory_or_asked_to_end_leaves_what_was_there() =>
        await FindsNothingAsync("disk", "split", "--each", "1", "--kinds", "full", "read-only", "asked", "memory");

    [Fact]
    public async Task Commands_need_no_network() => await FindsNothingAsync("network", "import", "split", "stats");

    [Fact]
    public async Task Every_command_of_the_console_is_tried()
    {
        string help = (await ConsoleProgram.RunAsync("--help")).Output;
        string[] commands =
        [
            .. Regex.Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..], "^  ([a-z]+) ", RegexOptions.Multiline)
                .Select(match => match.Groups[1].Value),
        ];
        string tried = (await ChildProcess.RunAsync(ChildProcess.Dotnet, [Program, "network", "--help"])).Output;

        commands.Should().Contain(["train", "inspect"]).And.HaveCountGreaterThan(20);
        commands.Where(command => !Regex.IsMatch(tried, $@"(?<![\w-]){command}(?![\w-])")).Should().BeEmpty();
    }

    [Fact]
    public async Task Steps_predictions_and_models_leave_nothing_behind() =>
        await FindsNothingAsync("long", "--steps", "400", "--predictions", "2000", "--models", "48");

    [Fact]
    public async Task Forced_collections_change_no_bit() => await FindsNothingAsync("gc", "--epochs", "4", "--predictions", "24");

    // Among what it tries is a tensor that is left on purpose: a blind watch is a fault.
    [Fact]
    public async Task The_library_leaves_no_tensor_to_the_garbage_collector() =>
        (await FindsNothingAsync("lifetimes", "none")).Should().Contain("| the library | 54 | 0 | 0 |");

    private static async Task<string> FindsNothingAsync(params string[] arguments)
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, [Program, .. arguments]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return outcome.Output;
    }
}
