using System.Globalization;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>Small disks in memory that are full, or that may only be read; they need the right to mount.</summary>
/// <param name="folder">Where there is room.</param>
internal sealed class MountedDisks(TemporaryFolder folder)
{
    private const string Enough = "size=4g";

    // Of a disk in memory: what a small file takes, in kilobytes.
    private const int Page = 4;

    // From none at all up to room for a part of what is written, beside what is there before, in kilobytes.
    private static readonly int[] Rooms = [0, 256, 8192];

    /// <summary>Why there can be none here; null where there can.</summary>
    public string? NotTried()
    {
        using Mount? mount = Mount.Make(folder["mount"], Enough);
        return mount is null ? "it needs the right to mount" : null;
    }

    /// <summary>Disks that are full.</summary>
    public FaultTries Full(TriedCommand command, UntouchedRun untouched, int each)
    {
        List<string> faults = [];
        int refused = 0;
        foreach (int room in Rooms)
        {
            string what = string.Create(CultureInfo.InvariantCulture, $"room of {room} kB");
            int there = Page * (untouched.Replaced.Count() + 1);
            using Mount mount = Mount.Require(folder["full"], string.Create(CultureInfo.InvariantCulture, $"size={there + room}k"));

            // A disk of a size that holds everything is no fault.
            FaultCheck check = new(command, untouched, mount.Path);
            check.Prepare();
            Ended ended = Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(check.Arguments));
            refused += ended.ExitCode == 0 ? 0 : 1;
            check.Ended(what, ended, 0, 2);
            check.Kept(what, isTidy: true);
            if (ended.ExitCode != 0)
            {
                mount.Again(Enough);
                check.Again(what);
            }

            faults.AddRange(check.Faults);
        }

        return new(Rooms.Length, faults, string.Create(CultureInfo.InvariantCulture, $"{refused} of {Rooms.Length} disks were too small"));
    }

    /// <summary>A disk that may only be read.</summary>
    public FaultTries ReadOnly(TriedCommand command, UntouchedRun untouched, int each)
    {
        using Mount mount = Mount.Require(folder["read-only"], Enough);
        FaultCheck check = new(command, untouched, mount.Path);
        check.Prepare();
        mount.Again("ro");
        check.Ended("read-only", Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(check.Arguments)));
        check.Kept("read-only", isTidy: true);
        mount.Again("rw");
        check.Again("read-only");
        return new(1, check.Faults, "1 read-only");
    }

    private sealed class Mount : IDisposable
    {
        private Mount(string path) => Path = path;

        public string Path { get; }

        public static Mount? Make(string path, string options)
        {
            Directory.CreateDirectory(path);
            if (OperatingSystem.IsLinux() && Programs.Has("mount")
                && Programs.Run("mount", ["-t", "tmpfs", "-o", options, "ssmfar", path]).ExitCode == 0)
            {
                return new(path);
            }

            Directory.Delete(path);
            return null;
        }

        public static Mount Require(string path, string options) =>
            Make(path, options) ?? throw new InvalidOperationException($"{path} could not be mounted.");

        public void Again(string options)
        {
            if (Programs.Run("mount", ["-o", $"remount,{options}", Path]) is { ExitCode: not 0 } refused)
            {
                throw new InvalidOperationException($"{Path} could not be mounted again: {refused.Line}");
            }
        }

        public void Dispose()
        {
            Programs.Run("umount", [Path]);
            Directory.Delete(Path);
        }
    }
}
