namespace SsMfar.Data;

/// <summary>Where pixels go that are too many for memory.</summary>
internal static class TemporaryPlace
{
    // For what is large or is to outlast a restart; on a disk where /tmp is in memory.
    private const string Large = "/var/tmp";

    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    /// <summary>Gets the folder for temporary files; where it is in memory, that for large ones, if this is on a disk.</summary>
    public static string Folder => Choose(Path.GetTempPath(), IsInMemory);

    /// <summary>Chooses between the folder for temporary files and that for large ones.</summary>
    /// <param name="usual">The folder for temporary files.</param>
    /// <param name="isInMemory">Whether a folder is in memory; null where nobody knows, or it is not there.</param>
    public static string Choose(string usual, Func<string, bool?> isInMemory) =>
        isInMemory(usual) == true && isInMemory(Large) == false ? Large : usual;

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
