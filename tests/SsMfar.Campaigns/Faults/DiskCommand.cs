using System.CommandLine;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>
/// <c>disk</c>: commands of the console where a disk is full, may not be written, is slow or fails in a write, a flush or a rename, where
/// memory runs out, and where they are asked to end. Each ends with the exit code and the line that is promised, leaves what was there,
/// and ends as if nothing had been when it is made again.
/// </summary>
internal static class DiskCommand
{
    private static readonly string[] Kinds = ["failing", "slow", "full", "read-only", "asked", "memory"];

    public static Command Create()
    {
        Argument<string[]> names = TriedCommands.Argument();
        Option<int> each = CampaignOptions.Number("--each", "Moments of each kind of failing call, and of SIGTERM, for each command", 3);
        Option<int> seed = CampaignOptions.Seed();
        Option<string[]> kinds = new("--kinds")
        {
            Description = $"Which of {string.Join(", ", Kinds)}; all unless given",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => Kinds,
        };
        kinds.AcceptOnlyFromAmong(Kinds);
        Command command = new("disk", "Full, read-only, slow and failing disks, ends that are asked for, and memory that runs out")
        {
            names, each, seed, kinds,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(names), parsed.GetRequiredValue(kinds), parsed.GetValue(each), parsed.GetValue(seed)));
        return command;
    }

    private static int Run(string[] names, string[] kinds, int each, int seed)
    {
        using TemporaryFolder folder = new();
        using LimitedMemory memory = new(folder);
        CallFaults? calls = CallFaults.Make(folder, out string reason);
        MountedDisks disks = new(folder);
        AskedToEnd asked = new(folder, seed);
        string? noMount = disks.NotTried(), noCalls = calls is null ? reason : null;
        DiskFault[] faults =
        [
            .. new DiskFault[]
            {
                new(Kinds[0], (command, run, count) => new InjectedFaults(folder, calls!, seed).Failing(command, run, count), noCalls),
                new(Kinds[1], (command, run, count) => new InjectedFaults(folder, calls!, seed).Slow(command, run, count), noCalls),
                new(Kinds[2], disks.Full, noMount),
                new(Kinds[3], disks.ReadOnly, noMount),
                new(Kinds[4], asked.Ask, null),
                new(Kinds[5], memory.Limit, memory.NotTried),
            }.Where(fault => kinds.Contains(fault.Name)),
        ];
        foreach (DiskFault fault in faults.Where(fault => fault.NotTried is not null))
        {
            CampaignTable.Say($"{fault.Name} is not tried: {fault.NotTried}");
        }

        CampaignTable table = new();
        foreach (TriedCommand command in new TriedCommands(folder).Chosen(names))
        {
            table.Measure(command.Name, () => Try(command, faults, UntouchedRun.Of(command, folder, calls), each));
        }

        return table.Write();
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) Try(
        TriedCommand command, DiskFault[] faults, UntouchedRun untouched, int each)
    {
        FaultTries[] tries = [.. faults.Select(fault => fault.NotTried is null
            ? fault.Try(command, untouched, each) : new(0, [], $"{fault.Name} not tried"))];
        return (tries.Sum(one => one.Tries), [.. tries.SelectMany(one => one.Faults)], string.Join("; ", tries.Select(one => one.Note)));
    }
}
