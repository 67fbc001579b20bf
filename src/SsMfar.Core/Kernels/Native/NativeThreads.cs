using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace SsMfar.Kernels.Native;

/// <summary>
/// Runs our own kernels on libtorch's OpenMP threads. Those spin for a while after each of libtorch's own parallel regions; threads of
/// ours beside them would wait for the processor until they sleep.
/// </summary>
/// <remarks>Where libtorch uses another OpenMP than GNU's, tasks of .NET's thread pool do the work.</remarks>
internal static unsafe class NativeThreads
{
    private const string MapsFile = "/proc/self/maps";

    private static readonly Lazy<nint> Parallel = new(FindParallel);

    /// <summary>How many parts work is cut into: as many as threads, if there is work for each.</summary>
    public static int Parts(int threads, int length) => Math.Max(1, Math.Min(threads, length));

    /// <summary>The range of a part.</summary>
    /// <param name="part">From 0.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="length">What is cut.</param>
    public static (int First, int Last) Share(int part, int parts, int length) =>
        ((int)((long)length * part / parts), (int)((long)length * (part + 1) / parts));

    /// <summary>Cuts [0, length) into as many adjacent ranges as threads and does them at the same time.</summary>
    /// <param name="threads">How many threads to use, the calling one included.</param>
    /// <param name="length">What is cut.</param>
    /// <param name="work">
    /// Gets the first of its range, and the one after the last. The ranges depend on nothing but the two numbers.
    /// </param>
    public static void Run(int threads, int length, Action<int, int> work)
    {
        int parts = Parts(threads, length);
        if (parts == 1)
        {
            work(0, length);
            return;
        }

        Run(Parallel.Value, new Region(work, parts, length));
    }

    /// <summary>Runs a region on the threads of an OpenMP library, or .NET's.</summary>
    /// <param name="parallel">The address of <c>GOMP_parallel</c>; 0 for .NET's threads.</param>
    /// <param name="region">What is done.</param>
    public static void Run(nint parallel, Region region)
    {
        if (parallel == 0)
        {
            System.Threading.Tasks.Parallel.For(0, region.Parts, _ => region.Work());
        }
        else
        {
            GCHandle handle = GCHandle.Alloc(region);
            try
            {
                ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<nint, void>, nint, uint, uint, void>)parallel)(
                    &Enter, GCHandle.ToIntPtr(handle), (uint)region.Parts, 0);
            }
            finally
            {
                handle.Free();
            }
        }

        region.Finish();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Enter(nint handle) => ((Region)GCHandle.FromIntPtr(handle).Target!).Work();

    private static nint FindParallel()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        // The one that libtorch uses: an application may have loaded several.
        string[] libraries;
        try
        {
            libraries =
            [
                .. File.ReadLines(MapsFile)
                    .Where(line => line.Contains('/', StringComparison.Ordinal))
                    .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
                    .Distinct(),
            ];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return 0;
        }

        string? torchFolder = Path.GetDirectoryName(libraries.FirstOrDefault(file => Path.GetFileName(file) == "libtorch_cpu.so"));
        string? path = libraries
            .Where(file => Path.GetFileName(file).StartsWith("libgomp", StringComparison.Ordinal))
            .OrderByDescending(file => Path.GetDirectoryName(file) == torchFolder)
            .FirstOrDefault();
        return path is not null
            && NativeLibrary.TryLoad(path, out nint library)
            && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint parallel) ? parallel : 0;
    }

    /// <summary>One parallel region. OpenMP may give it fewer threads than asked for: each takes parts until none is left.</summary>
    public sealed class Region(Action<int, int> work, int parts, int length)
    {
        private int _taken;
        private ExceptionDispatchInfo? _failure;

        public int Parts => parts;

        public void Work()
        {
            int part;
            while ((part = Interlocked.Increment(ref _taken) - 1) < parts)
            {
                try
                {
                    (int first, int last) = Share(part, parts, length);
                    work(first, last);
                }
                catch (Exception exception)
                {
                    // None may leave a native frame.
                    Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                }
            }
        }

        public void Finish() => _failure?.Throw();
    }
}
