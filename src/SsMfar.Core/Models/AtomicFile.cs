namespace SsMfar.Models;

/// <summary>Writes a file whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes aside in the same folder, flushes to the disk and renames over <paramref name="path"/>. If anything fails, the file written
    /// aside is removed and the path keeps what it had.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Its size, claimed first so that a full disk is known at once.</param>
    /// <param name="write">Writes the content.</param>
    internal static void Write(string path, long size, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string aside = Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, PreallocationSize = size,
            };
            using (var stream = new FileStream(aside, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, full, overwrite: true);
        }
        catch
        {
            RemoveIfPossible(aside);
            throw;
        }
    }

    private static void RemoveIfPossible(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }
}
