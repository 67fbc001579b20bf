using System.CommandLine;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>
/// <c>disk</c>: commands of the console where a disk is full, may not be written, is slow or fails in a write, a flush or a rename, where
/// memory runs out, and where they are asked to end. Each ends with the exit code and the line that is promised, and leaves what was
/// there.
/// </summary>
internal static class DiskCommand
{
    public static Command Create()
    {
        Argument<string> scenario = KillCommand.Scenario();
        Option<int> each = CampaignOptions.Number("--each", "Moments of each kind of fault, for each command", 3);
        Option<int> seed = CampaignOptions.Seed();
        Command command = new("disk", "Full, read-only, slow and failing disks, ends that are asked for, and memory that runs out")
        {
            scenario, each, seed,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(scenario), parsed.GetValue(each), parsed.GetValue(seed)));
        return command;
    }

    private static int Run(string name, int each, int seed)
    {
        using TemporaryFolder folder = new();
        CampaignTable table = new();
        KillScenario[] scenarios = [.. new KillScenarios(folder).All().Where(scenario => KillCommand.IsMeant(name, scenario))];
        table.Measure("failing calls", () => new InjectedFaults(folder, seed).Run(scenarios, each));
        table.Measure("full disk", () => new MountedDisks(folder).Full(scenarios));
        table.Measure("read-only disk", () => new MountedDisks(folder).ReadOnly(scenarios));
        table.Measure("asked to end", () => new AskedToEnd(folder, seed).Run(scenarios, each));
        table.Measure("memory runs out", () => new LimitedMemory(folder).Run(scenarios));
        return table.Write();
    }
}
