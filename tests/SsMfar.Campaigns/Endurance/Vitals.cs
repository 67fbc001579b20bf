using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace SsMfar.Campaigns.Endurance;

/// <summary>What a process holds at a moment.</summary>
/// <param name="Tensors">Tensors of TorchSharp that nobody disposed.</param>
/// <param name="Handles">Open files and the like.</param>
/// <param name="Threads">Threads of the system.</param>
/// <param name="Resident">Resident memory, bytes.</param>
internal readonly record struct Vitals(long Tensors, int Handles, int Threads, long Resident)
{
    /// <summary>What this process holds, garbage aside.</summary>
    /// <param name="ofAllThreads">
    /// Whether tensors of all threads count, rather than this thread's. TorchSharp's count of all never forgets a parameter that was made.
    /// </param>
    public static Vitals Now(bool ofAllThreads)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process own = Process.GetCurrentProcess();
        return new(
            ofAllThreads ? torch.Tensor.TotalCount : DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount,
            OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : own.HandleCount,
            own.Threads.Count, own.WorkingSet64);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Tensors} tensors, {Handles} handles, {Threads} threads, {Resident >> 20} MiB");
}

/// <summary>What a process held over the course of some work, at even distances.</summary>
/// <param name="ofAllThreads">Whether tensors of all threads count, rather than those of the thread that looks.</param>
internal sealed class VitalsCourse(bool ofAllThreads = false)
{
    private const int HandlesAllowed = 8;
    private const int ThreadsAllowed = 8;

    // Of the memory after warm-up: pools of threads and of the heap come to their size only slowly.
    private const double MemoryAllowed = 0.1;
    private const long MemoryAlways = 32L << 20;

    private readonly List<Vitals> _all = [];

    /// <summary>Takes the next.</summary>
    public void Take() => _all.Add(Vitals.Now(ofAllThreads));

    /// <summary>What grew from a quarter of the way, when all is warm, to the end.</summary>
    public IReadOnlyList<string> Growth()
    {
        Vitals warm = _all[_all.Count / 4], last = _all[^1];
        long most = warm.Resident + Math.Max(MemoryAlways, (long)(MemoryAllowed * warm.Resident));
        return last.Tensors > warm.Tensors || last.Handles > warm.Handles + HandlesAllowed
            || last.Threads > warm.Threads + ThreadsAllowed || last.Resident > most
            ? [$"it grew from {warm} to {last}"] : [];
    }

    /// <summary>Where it was when warm, and at the end.</summary>
    public override string ToString() => $"{_all[_all.Count / 4]} when warm; {_all[^1]} at the end";
}
