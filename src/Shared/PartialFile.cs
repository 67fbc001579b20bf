using System.Security.Cryptography;
using System.Text;

namespace SsMfar.Shared;

/// <summary>What is kept beside a file until that is whole, for a later process to go on with.</summary>
internal static class PartialFile
{
    private const string Ending = ".partial";

    // In bytes, as most systems count.
    private const int LongestName = 255;

    /// <summary>Where it lies: by the file's name, cut where both do not fit.</summary>
    /// <param name="path">The file's path.</param>
    public static string Of(string path)
    {
        string name = Path.GetFileName(path);

        if (Encoding.UTF8.GetByteCount(name) <= LongestName - Ending.Length)
        {
            return path + Ending;
        }

        // One that is cut is shorter than what it is for, so that it is never that file itself; files that begin alike have each their own.
        string mark = $"-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 6))}{Ending}";
        return Path.Join(Path.GetDirectoryName(path), AtomicFile.Cut(name, LongestName - mark.Length - Ending.Length) + mark);
    }

    /// <summary>Makes that nobody may read it who may not read the file that is there already.</summary>
    /// <param name="path">The file's path.</param>
    public static void Guard(string path)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(path))
        {
            Guard(Of(path), File.GetUnixFileMode(AtomicFile.Behind(Path.GetFullPath(path))));
        }
    }

    /// <summary>Makes that nobody may read a file, there or not, whom permissions do not allow it; its owner may write it.</summary>
    /// <param name="partial">The file's path.</param>
    /// <param name="mode">The permissions.</param>
    public static void Guard(string partial, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        mode |= UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!File.Exists(partial))
        {
            new FileStream(partial, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode })
                .Dispose();
        }
        else if (File.GetUnixFileMode(partial) is var there && (there & ~mode) != 0)
        {
            File.SetUnixFileMode(partial, there & mode);
        }
    }
}
