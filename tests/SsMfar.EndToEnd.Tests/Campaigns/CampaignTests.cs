using System.Reflection;

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
    public async Task An_export_that_is_killed_leaves_nothing_that_is_half_and_is_made_again() =>
        await FindsNothingAsync("kill", "export", "--kills", "3", "--seed", "5");

    [RequiresTool("cc|gcc|clang")]
    public async Task An_export_to_a_disk_that_fails_says_so_and_leaves_what_was_there() =>
        await FindsNothingAsync("disk", "export", "--each", "1");

    [Fact]
    public async Task Steps_predictions_and_models_leave_nothing_behind() =>
        await FindsNothingAsync("long", "--steps", "400", "--predictions", "2000", "--models", "48");

    [Fact]
    public async Task Forced_collections_change_no_bit() => await FindsNothingAsync("gc", "--epochs", "4", "--predictions", "24");

    private static async Task<string> FindsNothingAsync(params string[] arguments)
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, [Program, .. arguments]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return outcome.Output;
    }
}
