using System.Runtime.InteropServices;
using System.Text;

namespace SsMfar.Shared;

/// <summary>
/// Tells files from pipes, sockets and devices, which must not be opened: opening a pipe that nobody writes to never returns, not even for
/// a signal that asks the process to end, and a device may never run dry.
/// </summary>
internal static class RegularFile
{
    private const int CurrentFolder = -100;
    private const uint Wanted = 0x1B; // STATX_TYPE, MODE, UID, GID
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Refuses what is there and is neither a file nor a folder. Elsewhere than on Linux nothing is refused.</summary>
    /// <param name="path">A path; links are followed.</param>
    /// <exception cref="IOException">It is a pipe, a socket or a device.</exception>
    public static void Require(string path)
    {
        if (IsOther(path))
        {
            throw new IOException("it is a pipe, a socket or a device, not a file");
        }
    }

    /// <summary>Whether what is there is neither a file nor a folder. Elsewhere than on Linux nothing is known to be.</summary>
    /// <param name="path">A path; links are followed.</param>
    public static bool IsOther(string path) =>
        OperatingSystem.IsLinux() && TypeOf(path) is { } type && type != Regular && type != Folder;

    /// <summary>What statx(2) says: its structure is the same on every architecture. Null where nothing is there, or nobody says.</summary>
    /// <param name="path">A path on Linux; links are followed.</param>
    public static byte[]? StatusOf(string path)
    {
        byte[] status = new byte[256];
        try
        {
            return Status(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, Wanted, status) == 0 ? status : null;
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            // glibc before 2.28, or another C library.
            return null;
        }
    }

    // The mode is a 16-bit field.
    private static int? TypeOf(string path) =>
        StatusOf(path) is { } status ? BitConverter.ToUInt16(status, ModeOffset) & TypeMask : null;

    // Without generated marshalling, which would need unsafe code in every package.
#pragma warning disable SYSLIB1054, CA5392
    [DllImport("libc", EntryPoint = "statx")]
    private static extern int Status(int folder, byte[] path, int flags, uint mask, byte[] status);
#pragma warning restore SYSLIB1054, CA5392
}
