using System.Globalization;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>
/// Less memory than a command needs, in a control group where one may be made, else by a limit on addresses: however the process ends,
/// what was there stays, and the same command with memory ends as ever.
/// </summary>
/// <param name="folder">Where there is room.</param>
internal sealed class LimitedMemory(TemporaryFolder folder) : IDisposable
{
    private const string OldGroups = "/sys/fs/cgroup/memory";
    private const string NewGroups = "/sys/fs/cgroup";

    private static readonly int[] Megabytes = [120, 200, 280];

    private readonly string? _group = MakeGroup();

    /// <summary>Why it cannot be limited here; null where it can.</summary>
    public string? NotTried => _group is null && !Programs.Has("prlimit") ? "it needs a control group or prlimit" : null;

    /// <summary>Limits a command's.</summary>
    public FaultTries Limit(TriedCommand command, UntouchedRun untouched, int each)
    {
        List<string> faults = [];
        int failed = 0;
        foreach (int megabytes in Megabytes)
        {
            string place = folder["limited"];
            string what = string.Create(CultureInfo.InvariantCulture, $"{megabytes} MB");
            FaultCheck check = new(command, untouched, place);
            check.Prepare();
            failed += RunLimited(megabytes, check.Arguments).ExitCode == 0 ? 0 : 1;
            check.Kept(what, isTidy: false);
            check.Again(what);
            faults.AddRange(check.Faults);
            Directory.Delete(place, recursive: true);
        }

        return new(Megabytes.Length, faults, string.Create(
            CultureInfo.InvariantCulture,
            $"{failed} of {Megabytes.Length} limits{(_group is null ? " of addresses" : "")} did not suffice"));
    }

    public void Dispose()
    {
        if (_group is not null)
        {
            Directory.Delete(_group);
        }
    }

    // The limit holds for the shell that then becomes the program.
    private Ended RunLimited(int megabytes, string[] arguments)
    {
        string[] command = [Programs.Dotnet, .. Programs.ConsoleArguments(arguments)];
        if (_group is null)
        {
            // Addresses are more than memory: the runtime alone reserves hundreds of gigabytes unless told otherwise.
            return Programs.Run(
                "prlimit", [string.Create(CultureInfo.InvariantCulture, $"--as={(megabytes + 2000L) << 20}"), .. command],
                new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x10000000" });
        }

        string limit = Path.Combine(_group, File.Exists(Path.Combine(_group, "memory.max")) ? "memory.max" : "memory.limit_in_bytes");
        File.WriteAllText(limit, ((long)megabytes << 20).ToString(CultureInfo.InvariantCulture));
        return Programs.Run("sh", ["-c", $"echo $$ > {Path.Combine(_group, "cgroup.procs")}; exec \"$@\"", "sh", .. command]);
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
