using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace SsMfar.Runtime;

/// <summary>
/// Puts bytes that are about to be executed into a file that only this user can have written: in a private folder under the name of
/// their hash, checked before each use, written aside and renamed, so that processes starting together never see half a file.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class PrivateFileCache
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerRead = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    /// <summary>Returns the path of a file in <paramref name="directory"/> that holds <paramref name="content"/>.</summary>
    /// <exception cref="IOException">The folder or file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or file could not be written, or the folder is open to others.</exception>
    public static string Store(string directory, string baseName, byte[] content)
    {
        Directory.CreateDirectory(directory, OwnerOnly);
        if ((File.GetUnixFileMode(directory) & ~OwnerOnly) != 0)
        {
            // Only its owner may change the mode of a folder, so this also refuses another user's.
            File.SetUnixFileMode(directory, OwnerOnly);
        }

        var hash = SHA256.HashData(content);
        var path = Path.Combine(directory, $"{Convert.ToHexStringLower(hash)}-{baseName}");
        if (!Holds(path, hash))
        {
            Write(path, content);
        }

        return path;
    }

    private static bool Holds(string path, byte[] hash)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.LinkTarget is not null)
        {
            return false;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        return SHA256.HashData(stream).AsSpan().SequenceEqual(hash);
    }

    private static void Write(string path, byte[] content)
    {
        var aside = $"{path}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = OwnerRead | UnixFileMode.UserWrite,
            };
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.SetUnixFileMode(aside, OwnerRead);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
