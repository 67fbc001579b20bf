using Microsoft.Win32.SafeHandles;

namespace SsMfar.Video;

internal sealed partial class VideoJournal
{
    // What the system says of a file that another holds: EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] IsHeld = [11, 35, unchecked((int)0x80070020)];

    // Unix locks a file against others for FileShare.None alone, and whoever truncates it on the way would do so before that.
    private static SafeFileHandle OpenAlone(string path, FileMode mode)
    {
        try
        {
            return File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held) when (IsHeld.Contains(held.HResult))
        {
            throw new VideoRunException(
                $"'{path}' cannot be written: another run writes it.", "Wait for its end, or write to another place.", held);
        }
    }
}
