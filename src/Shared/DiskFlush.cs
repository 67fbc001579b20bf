using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SsMfar.Shared;

/// <summary>
/// Has the system put a file on its disk, and says where that failed: .NET's own flush says nothing of a disk that fails.
/// </summary>
internal static class DiskFlush
{
    private const int Interrupted = 4;

    // What has no disk behind it, such as a pipe, cannot be flushed to one: EINVAL, EROFS, and ENOTSUP of Linux and of macOS.
    private static readonly int[] NoDisk = [22, 30, 95, 45];

    /// <summary>Flushes what was written to a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Flush(FileStream stream)
    {
        stream.Flush();
        Flush(stream.SafeFileHandle, stream.Name);
    }

    /// <summary>Flushes what was written to a file.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Flush(SafeFileHandle handle, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        int error;
        do
        {
            error = Sync((int)handle.DangerousGetHandle()) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);
        GC.KeepAlive(handle);
        if (error != 0 && !NoDisk.Contains(error))
        {
            throw new IOException($"'{name}' could not be put on the disk: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    // Without generated marshalling, which would need unsafe code in every package.
#pragma warning disable SYSLIB1054, CA5392
    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int file);
#pragma warning restore SYSLIB1054, CA5392
}
