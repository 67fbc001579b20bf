using System.Runtime.InteropServices;

namespace SsMfar.Data;

/// <summary>
/// Asks Linux for pages of 2 MB: memory is then had in one piece where it is first written, and found by few entries of the processor's
/// table of pages. A wish: where the system has none, small ones serve. Of memory that the allocator keeps (a training that retains freed
/// memory) it may come too late, and the wish stays with what is there next.
/// </summary>
internal static unsafe partial class LargePages
{
    private const int HugePageAdvice = 14;

    /// <summary>Asks for them.</summary>
    /// <param name="start">The memory.</param>
    /// <param name="length">Its bytes.</param>
    public static void AskFor(void* start, long length)
    {
        if (!OperatingSystem.IsLinux() || length < (2 << 20))
        {
            return;
        }

        nuint page = (nuint)Environment.SystemPageSize;
        nuint first = ((nuint)start + page - 1) / page * page, last = ((nuint)start + (nuint)length) / page * page;
        try
        {
            _ = Advise(first, last - first, HugePageAdvice);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint start, nuint length, int advice);
}
