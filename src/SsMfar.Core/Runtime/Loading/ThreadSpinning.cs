using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SsMfar.Runtime;

/// <summary>
/// Tells libgomp, on whose threads libtorch and our kernels compute, how long a thread looks for its next work before it sleeps. By default
/// it looks for milliseconds: where another program has one of the cores, the thread that waits for the slowed one takes the core that
/// would have helped it. libgomp reads it from the environment when it is loaded.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class ThreadSpinning
{
    /// <summary>
    /// Some microseconds: longer than from one parallel region of a step to the next, shorter than a turn of the scheduler.
    /// </summary>
    public const int Default = 1_000;

    private const string Spins = "GOMP_SPINCOUNT";
    private const string Policy = "OMP_WAIT_POLICY";

    /// <summary>Sets it for the process, unless the user's environment says how threads wait and nothing was asked for.</summary>
    /// <param name="asked">How many times a thread looks; null for the default.</param>
    public static void Set(int? asked)
    {
        if (asked is null && (IsSet(Spins) || IsSet(Policy)))
        {
            return;
        }

        // .NET's own variables are not those that native code reads.
        _ = SetVariable(Spins, (asked ?? Default).ToString(CultureInfo.InvariantCulture), overwrite: 1);
    }

    private static bool IsSet(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 };

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
