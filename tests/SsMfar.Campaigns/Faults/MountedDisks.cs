using System.Globalization;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>Small disks in memory that are full, or that may only be read; they need the right to mount.</summary>
internal sealed class MountedDisks(TemporaryFolder folder)
{
    private const string NotTried = "not tried: it needs the right to mount";

    // From nothing at all up to room for a part of what is written, in kilobytes.
    private static readonly int[] Rooms = [16, 256, 4096];

    public (long Tries, IReadOnlyList<string> Faults, string Note) Full(IReadOnlyList<KillScenario> scenarios)
    {
        List<string> faults = [];
        int tries = 0, refused = 0;
        foreach (KillScenario scenario in scenarios)
        {
            Dictionary<string, byte[]> untouched = FaultCheck.Untouched(scenario, folder);
            foreach (int room in Rooms)
            {
                string what = string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}, disk of {room} kB");
                using Mount? mount = Mount.Make(folder["full"], string.Create(CultureInfo.InvariantCulture, $"size={room}k"));
                if (mount is null)
                {
                    return (0, [], NotTried);
                }

                // A disk of a size that holds everything is no fault.
                FaultCheck check = new(mount.Path);
                check.Prepare(FaultCheck.Replaced(untouched));
                Ended ended = Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(scenario.Arguments(check.Output)));
                tries++;
                refused += ended.ExitCode == 0 ? 0 : 1;
                check.Ended(what, ended, 0, 2);
                check.Kept(what, tidy: true);
                check.Whole(what, untouched);
                faults.AddRange(check.Faults);
            }
        }

        return (tries, faults, string.Create(CultureInfo.InvariantCulture, $"{refused} ended with exit code 2, the others had room"));
    }

    public (long Tries, IReadOnlyList<string> Faults, string Note) ReadOnly(IReadOnlyList<KillScenario> scenarios)
    {
        List<string> faults = [];
        foreach (KillScenario scenario in scenarios)
        {
            Dictionary<string, byte[]> untouched = FaultCheck.Untouched(scenario, folder);
            using Mount? mount = Mount.Make(folder["read-only"], "size=16m");
            if (mount is null)
            {
                return (0, [], NotTried);
            }

            FaultCheck check = new(mount.Path);
            check.Prepare(FaultCheck.Replaced(untouched));
            mount.Again("ro");
            check.Ended(
                $"{scenario.Name}, read-only",
                Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(scenario.Arguments(check.Output))));
            check.Kept($"{scenario.Name}, read-only", tidy: true);
            check.Whole($"{scenario.Name}, read-only", untouched);
            faults.AddRange(check.Faults);
        }

        return (scenarios.Count, faults, "");
    }

    private sealed class Mount : IDisposable
    {
        private Mount(string path) => Path = path;

        public string Path { get; }

        public static Mount? Make(string path, string options)
        {
            Directory.CreateDirectory(path);
            return OperatingSystem.IsLinux() && Programs.Has("mount")
                && Programs.Run("mount", ["-t", "tmpfs", "-o", options, "ssmfar", path]).ExitCode == 0 ? new(path) : null;
        }

        public void Again(string options) => Programs.Run("mount", ["-o", $"remount,{options}", Path]);

        public void Dispose()
        {
            Programs.Run("umount", [Path]);
            Directory.Delete(Path);
        }
    }
}
