using System.Runtime.InteropServices;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Ends the process while other threads work.</summary>
internal static class ProcessEnd
{
    /// <summary>
    /// Ends it at once. A usual end takes native libraries apart beneath threads that are in them, which may end in a fault of memory (exit
    /// code 139) in place of the exit code.
    /// </summary>
    /// <param name="exitCode">The exit code.</param>
    public static void Now(int exitCode)
    {
        // Nothing is flushed: the console's words are out as they are said, and who waits for a full pipe holds its lock.
        if (!OperatingSystem.IsWindows())
        {
            End(exitCode);
        }

        Environment.Exit(exitCode);
    }

    // Without generated marshalling, which would need unsafe code.
#pragma warning disable SYSLIB1054, CA5392
    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void End(int exitCode);
#pragma warning restore SYSLIB1054, CA5392
}
