using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>
/// The files aside in which caches are written, and what killed processes left of them. They take the whole size from the start.
/// </summary>
internal static class ImageCacheLeftovers
{
    // A file is held from a moment after it is made.
    private static readonly TimeSpan YoungestAge = TimeSpan.FromSeconds(2);

    // Where files cannot be held. Whoever writes one does so all along.
    private static readonly TimeSpan SurelyLeft = TimeSpan.FromHours(1);

    /// <summary>Where a cache is written before it takes its place, under another name each time.</summary>
    public static string AsideOf(string path) => $"{path}.{Guid.NewGuid():N}.tmp";

    /// <summary>Removes what was left aside of a cache, where that may be removed. What is still written is held, and stays.</summary>
    public static void Remove(string path)
    {
        try
        {
            foreach (string aside in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*.tmp"))
            {
                if (IsLeft(aside))
                {
                    AtomicFile.RemoveIfPossible(aside);
                }
            }
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            // No such folder, or not to be listed: writing says what is wrong with the place.
        }
    }

    private static bool IsLeft(string aside)
    {
        TimeSpan age = DateTime.UtcNow - File.GetLastWriteTimeUtc(aside);
        if (age < YoungestAge || !TryHold(aside, out SafeFileHandle? held))
        {
            return false;
        }

        using (held)
        {
            // Some file systems of several machines let everybody hold a file at once: there its age alone tells.
            if (!TryHold(aside, out SafeFileHandle? second))
            {
                return true;
            }

            second.Dispose();
            return age > SurelyLeft;
        }
    }

    private static bool TryHold(string aside, [NotNullWhen(true)] out SafeFileHandle? held)
    {
        try
        {
            held = File.OpenHandle(aside, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            held = null;
            return false;
        }
    }
}
