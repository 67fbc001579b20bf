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
        string aside = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                using (StreamWriter writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" })
                {
                    write(writer);
                }

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
}
