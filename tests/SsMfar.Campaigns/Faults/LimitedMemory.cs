using System.Globalization;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>
/// Less memory than a command needs, in a control group where one may be made, else by a limit on addresses: however the process ends,
/// what was there stays, and the same command with memory ends as ever.
/// </summary>
internal sealed class LimitedMemory(TemporaryFolder folder)
{
    private const string OldGroups = "/sys/fs/cgroup/memory";
    private const string NewGroups = "/sys/fs/cgroup";

    private static readonly int[] Megabytes = [120, 200, 280];

    public (long Tries, IReadOnlyList<string> Faults, string Note) Run(IReadOnlyList<KillScenario> scenarios)
    {
        string? group = MakeGroup();
        if (group is null && !Programs.Has("prlimit"))
        {
            return (0, [], "not tried: it needs a control group or prlimit");
        }

        List<string> faults = [];
        int tries = 0, failed = 0;
        try
        {
            foreach (KillScenario scenario in scenarios)
            {
                Dictionary<string, byte[]> untouched = FaultCheck.Untouched(scenario, folder);
                foreach (int megabytes in Megabytes)
                {
                    string place = folder["limited"];
                    string what = string.Create(CultureInfo.InvariantCulture, $"{scenario.Name} in {megabytes} MB");
                    FaultCheck check = new(place);
                    check.Prepare(FaultCheck.Replaced(untouched));
                    Ended ended = RunLimited(group, megabytes, scenario.Arguments(check.Output));
                    tries++;
                    failed += ended.ExitCode == 0 ? 0 : 1;
                    check.Kept(what, tidy: false);
                    check.Whole(what, untouched);
                    bool isThere = Directory.Exists(check.Output) && Directory.EnumerateFileSystemEntries(check.Output).Any();
                    check.Ended($"{what}, then without a limit", Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(
                        [.. scenario.Arguments(check.Output), .. isThere ? scenario.Again : []])), 0);
                    faults.AddRange(check.Faults);
                    Directory.Delete(place, recursive: true);
                }
            }
        }
        finally
        {
            if (group is not null)
            {
                Directory.Delete(group);
            }
        }

        return (tries, faults, string.Create(
            CultureInfo.InvariantCulture, $"by {(group is null ? "prlimit --as" : "a control group")}; {failed} did not suffice"));
    }

    // The limit holds for the shell that then becomes the program.
    private static Ended RunLimited(string? group, int megabytes, string[] arguments)
    {
        string[] command = [Programs.Dotnet, .. Programs.ConsoleArguments(arguments)];
        if (group is null)
        {
            // Addresses are more than memory: the runtime alone reserves hundreds of gigabytes unless told otherwise.
            return Programs.Run(
                "prlimit", [string.Create(CultureInfo.InvariantCulture, $"--as={(megabytes + 2000L) << 20}"), .. command],
                new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x10000000" });
        }

        string limit = Path.Combine(group, File.Exists(Path.Combine(group, "memory.max")) ? "memory.max" : "memory.limit_in_bytes");
        File.WriteAllText(limit, ((long)megabytes << 20).ToString(CultureInfo.InvariantCulture));
        return Programs.Run("sh", ["-c", $"echo $$ > {Path.Combine(group, "cgroup.procs")}; exec \"$@\"", "sh", .. command]);
    }

    private static string? MakeGroup()
    {
        string parent = Directory.Exists(OldGroups) ? OldGroups : NewGroups;
        string path = Path.Combine(parent, $"ssmfar-campaign-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(path);
            if (File.Exists(Path.Combine(path, "memory.max")) || File.Exists(Path.Combine(path, "memory.limit_in_bytes")))
            {
                return path;
            }

            Directory.Delete(path);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
