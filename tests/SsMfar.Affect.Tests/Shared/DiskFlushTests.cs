using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using SsMfar.Shared;

namespace SsMfar.Tests.Shared;

/// <summary>A flush that the system refuses is heard of.</summary>
public sealed class DiskFlushTests
{
    [UnixFact]
    public void A_flush_that_fails_is_an_error_and_one_of_what_has_no_disk_is_none()
    {
        // No process has so many files: the system says EBADF, as it says EIO of a disk that fails.
        using SafeFileHandle none = new(int.MaxValue, ownsHandle: false);
        using AnonymousPipeServerStream pipe = new();
        using SafeFileHandle noDisk = new(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);

        ((Action)(() => DiskFlush.Flush(none, "table.csv"))).Should().Throw<IOException>()
            .WithMessage("'table.csv' could not be put on the disk: *");
        ((Action)(() => DiskFlush.Flush(noDisk, "pipe"))).Should().NotThrow();
    }
}
