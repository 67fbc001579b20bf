using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>Where pixels go that are too many for memory.</summary>
internal static class TemporaryPlace
{
    // For what is large or is to outlast a restart; on a disk where /tmp is in memory.
    private const string Large = "/var/tmp";

    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    /// <summary>
    /// Gets the folder for temporary files; where nobody named it and it is in memory, that for large ones, if this is on a disk and may be
    /// written.
    /// </summary>
    public static string Folder => Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 }
        ? Path.GetTempPath() : Choose(Path.GetTempPath(), IsInMemory, MayBeWritten);

    /// <summary>Chooses between the folder for temporary files and that for large ones.</summary>
    /// <param name="usual">The folder for temporary files.</param>
    /// <param name="isInMemory">Whether a folder is in memory; null where nobody knows, or it is not there.</param>
    /// <param name="mayBeWritten">Whether files can be made in a folder.</param>
    public static string Choose(string usual, Func<string, bool?> isInMemory, Func<string, bool> mayBeWritten) =>
        isInMemory(usual) == true && isInMemory(Large) == false && mayBeWritten(Large) ? Large : usual;

    private static bool MayBeWritten(string folder)
    {
        try
        {
            AtomicFile.Probe(folder);
            return true;
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool? IsInMemory(string folder)
    {
        try
        {
            return OperatingSystem.IsLinux() && Directory.Exists(folder) ? InMemory.Contains(new DriveInfo(folder).DriveFormat) : null;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
