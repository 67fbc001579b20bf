using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SsMfar.Runtime;

/// <summary>
/// Tells glibc's allocator to keep what tensors give back. Every step of a training frees and takes the same hundreds of megabytes; by
/// default blocks above 32 MB go back to the system each time, and come again as pages that it must clear and map one by one: a tenth
/// of a step, and more.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class HeapRetention
{
    // From malloc.h.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MaximumMappings = -4;

    private const int GrowBy = 64 << 20;

    /// <summary>Switches the retention on for the process, for good.</summary>
    /// <returns>Whether the C library has such switches and took them; without, nothing changes.</returns>
    public static bool TryEnable()
    {
        try
        {
            return Set(MaximumMappings, 0) != 0 && Set(TopPad, GrowBy) != 0 && Set(TrimThreshold, int.MaxValue) != 0;
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc; its allocator keeps or returns memory as it sees fit.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int parameter, int value);
}
