using System.Runtime.InteropServices;
using System.Text;

namespace SsMfar.Shared;

/// <summary>
/// Who owns a file on Linux, so that one that replaces another is of the same people. Permissions alone would shut out those that they were
/// for.
/// </summary>
internal static class FileOwner
{
    private const int UserOffset = 20;
    private const int GroupOffset = 24;

    private const uint Unchanged = uint.MaxValue;

    /// <summary>
    /// Gives a file the owner and the group of another, where it has others and the process may; the group alone where it may that.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="like">The other; where it is not there, nothing is done.</param>
    public static void Follow(string path, string like)
    {
        if (OperatingSystem.IsLinux() && Of(like) is { } wanted && Of(path) is { } given && wanted != given)
        {
            byte[] name = Encoding.UTF8.GetBytes(path + '\0');
            _ = ChangeOwner(name, wanted.User, wanted.Group) == 0 || ChangeOwner(name, Unchanged, wanted.Group) == 0;
        }
    }

    private static (uint User, uint Group)? Of(string path) => RegularFile.StatusOf(path) is { } status
        ? (BitConverter.ToUInt32(status, UserOffset), BitConverter.ToUInt32(status, GroupOffset)) : null;

    // Without generated marshalling, which would need unsafe code in every package.
#pragma warning disable SYSLIB1054, CA5392
    [DllImport("libc", EntryPoint = "chown")]
    private static extern int ChangeOwner(byte[] path, uint user, uint group);
#pragma warning restore SYSLIB1054, CA5392
}
