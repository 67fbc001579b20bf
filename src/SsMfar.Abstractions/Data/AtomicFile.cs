using System.Text;

namespace SsMfar.Data;

/// <summary>Writes a text file whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes aside, flushes to the disk and renames; a failure leaves the old file as it was and nothing beside it.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="write">Writes the content (UTF-8 without a byte order mark).</param>
    public static void WriteText(string path, Action<TextWriter> write)
    {
        string full = Path.GetFullPath(path);
        if (IsDevice(full))
        {
            using FileStream device = new(full, FileMode.Open, FileAccess.Write);
            Write(device, write);
            return;
        }

        string aside = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                Write(stream, write);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, full, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    private static void Write(FileStream stream, Action<TextWriter> write)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    }

    // A rename onto /dev/stdout or /dev/null would replace the device itself.
    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (Path.GetDirectoryName(path) == "/dev" || path.StartsWith("/proc/", StringComparison.Ordinal));
}
