using System.Globalization;
using System.Runtime.InteropServices;

namespace SsMfar.Benchmarks.FullSize;

/// <summary>What Linux counts of this process, and how a file is put out of its cache.</summary>
internal static partial class ProcessCounters
{
    private const int DontNeed = 4;

    /// <summary>The bytes that came from a disk.</summary>
    public static long BytesRead() => Number("/proc/self/io", "read_bytes:");

    /// <summary>Memory of the process's own, in bytes; pages of mapped files are the system's.</summary>
    public static long OwnMemory() => Number("/proc/self/status", "RssAnon:") * 1024;

    /// <summary>Pages of files that are mapped and in memory, in bytes.</summary>
    public static long MappedMemory() => Number("/proc/self/status", "RssFile:") * 1024;

    /// <summary>Has the system forget the pages of a file that no process maps, as after a start of the machine.</summary>
    public static void Forget(string path)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
        if (Advise((int)file.SafeFileHandle.DangerousGetHandle(), 0, 0, DontNeed) is var error and not 0)
        {
            throw new IOException($"posix_fadvise of '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    private static long Number(string file, string key)
    {
        string line = File.ReadLines(file).First(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite |
            NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise64")]
    private static partial int Advise(int file, long offset, long length, int advice);
}
