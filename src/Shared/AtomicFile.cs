using System.Text;

namespace SsMfar.Shared;

/// <summary>Writes a file whole or not at all.</summary>
internal static class AtomicFile
{
    // What systems allow, less what stands around a name aside.
    private const int LongestName = 255 - 38;

    /// <summary>
    /// Writes aside in the same folder, flushes to the disk and renames over the path. If anything fails, what was written aside is
    /// removed and the path keeps what it had. A link stays one: what is behind it is replaced. Permissions stay, and owner and group where
    /// the process may give the file away.
    /// </summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="size">The content's size where it is known, claimed first so that a full disk is known at once; else 0.</param>
    /// <param name="verify">
    /// Given the path of the whole file before it takes its place; throws where it is not what it should be. Not called for a device.
    /// </param>
    public static void Write(string path, Action<Stream> write, long size = 0, Action<string>? verify = null)
    {
        string full = Path.GetFullPath(path);
        if (IsDevice(full))
        {
            using FileStream device = new(full, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        full = Behind(full);
        string aside = AsideOf(full);
        try
        {
            using (FileStream stream = OpenAside(full, aside, FileAccess.Write, size))
            {
                write(stream);
                DiskFlush.Flush(stream);
            }

            verify?.Invoke(aside);
            Place(aside, full);
        }
        catch (Exception exception)
        {
            RemoveIfPossible(aside);
            ThrowOf(full, aside, exception);
            throw;
        }
    }

    /// <summary>Writes text in UTF-8 without a byte order mark, lines ended by LF.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="write">Writes the content.</param>
    public static void WriteText(string path, Action<TextWriter> write) => Write(path, stream =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });

    /// <summary>
    /// Where a file is written before it takes its place, under another name each time: that of the file, cut where it is so long that no
    /// more fits to it.
    /// </summary>
    public static string AsideOf(string full)
    {
        string name = Cut(Path.GetFileName(full), LongestName);
        return Path.Combine(Path.GetDirectoryName(full) ?? full, $".{name}.{Guid.NewGuid():N}.tmp");
    }

    /// <summary>The beginning of a name that is no longer than so many bytes, without half a character at its end.</summary>
    public static string Cut(string name, int bytes)
    {
        while (Encoding.UTF8.GetByteCount(name) > bytes)
        {
            name = name[..^(char.IsLowSurrogate(name[^1]) && name.Length > 1 ? 2 : 1)];
        }

        return name;
    }

    /// <summary>Opens a file aside. Nobody may read it who may not read the file that it is to replace.</summary>
    /// <param name="full">The file that it is for, there or not.</param>
    /// <param name="aside">Its path.</param>
    /// <param name="access">What is done with it.</param>
    /// <param name="size">Its size where it is known, else 0.</param>
    public static FileStream OpenAside(string full, string aside, FileAccess access, long size = 0)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = access,
            Share = FileShare.None,
            PreallocationSize = size,
            BufferSize = 1 << 16,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = ModeOf(full);
        }

        return new(aside, options);
    }

    /// <summary>
    /// Puts a file aside in its place, with the permissions of the file there, and its owner and group where the process may give it away.
    /// </summary>
    public static void Place(string aside, string full)
    {
        if (!OperatingSystem.IsWindows() && ModeOf(full) is { } mode)
        {
            FileOwner.Follow(aside, full);

            // The process's mask may have taken some.
            if (File.GetUnixFileMode(aside) != mode)
            {
                File.SetUnixFileMode(aside, mode);
            }
        }

        File.Move(aside, full, overwrite: true);
    }

    /// <summary>Makes a file in a folder and takes it away again, to know that files can be made there.</summary>
    /// <exception cref="IOException">None can be made.</exception>
    /// <exception cref="UnauthorizedAccessException">None may be made.</exception>
    public static void Probe(string folder) => new FileStream(
        Path.Combine(folder, $".ssmfar-{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1,
        FileOptions.DeleteOnClose).Dispose();

    /// <summary>Whether a write failed by .NET's word for EFBIG: the file system or the process holds only smaller files.</summary>
    public static bool IsTooLarge(Exception failed) => failed is ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>
    /// Throws a failure that the system told of the file aside, of which nobody knows, as one of the file that was asked for.
    /// </summary>
    /// <param name="full">The file that was asked for.</param>
    /// <param name="aside">The file aside.</param>
    /// <param name="failed">The failure; where it is of no other file, nothing is thrown.</param>
    public static void ThrowOf(string full, string aside, Exception failed)
    {
        if (IsTooLarge(failed))
        {
            throw new IOException($"'{full}' is larger than a file may be here.", failed);
        }

        string message = MessageOf(full, aside, failed);
        switch (failed)
        {
            case IOException or UnauthorizedAccessException when message == failed.Message:
                return;
            case UnauthorizedAccessException:
                throw new UnauthorizedAccessException(message, failed);
            case DirectoryNotFoundException:
                throw new DirectoryNotFoundException(message, failed);
            case IOException:
                throw new IOException(message, failed);
        }
    }

    /// <summary>A failure's message, of the file that was asked for in place of the one aside.</summary>
    public static string MessageOf(string full, string aside, Exception failed) =>
        failed.Message.Replace(aside, full, StringComparison.Ordinal);

    /// <summary>
    /// Whether a path is written in place: a rename onto a pipe or a device, such as /dev/stdout, /dev/null and a shell's /dev/fd/63, would
    /// replace the device itself.
    /// </summary>
    public static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (IsOfSystem(path) || RegularFile.IsOther(path));

    /// <summary>The file that a path leads to: the path, or what is at the end of its links, there or not.</summary>
    /// <exception cref="IOException">The links lead back to themselves.</exception>
    public static string Behind(string full) => new FileInfo(full) is { LinkTarget: not null } link
        ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName
        : full;

    /// <summary>Removes a file aside. What made the write fail is the news; a leftover that cannot be removed is not.</summary>
    public static void RemoveIfPossible(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Whether a path is that of a file aside: of one being written, or left by a process that was killed.</summary>
    public static bool IsUnfinished(string path) =>
        Path.GetFileName(path) is var name && name.StartsWith('.') && name.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>Removes what processes that were killed while writing left aside. Nobody else may be writing these files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file's name, or a pattern of names.</param>
    public static void RemoveUnfinished(string folder, string name)
    {
        foreach (string aside in Directory.EnumerateFiles(folder, $".{Cut(name, LongestName)}.*.tmp"))
        {
            File.Delete(aside);
        }
    }

    private static UnixFileMode? ModeOf(string full) =>
        !OperatingSystem.IsWindows() && File.Exists(full) ? File.GetUnixFileMode(full) : null;

    // /dev/stdout that was sent to a file looks like that file. In /dev/shm are plain files.
    private static bool IsOfSystem(string path) => path.StartsWith("/proc/", StringComparison.Ordinal) ||
        (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal));
}
