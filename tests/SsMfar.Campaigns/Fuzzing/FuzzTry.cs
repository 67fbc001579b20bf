using System.Globalization;
using SsMfar.Campaigns.Fuzzing.Readers;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>One case, on this thread: how it ended, and what it took.</summary>
internal static class FuzzTry
{
    private const string PeakReset = "/proc/self/clear_refs";
    private const string Status = "/proc/self/status";

    /// <summary>Reads the bytes.</summary>
    /// <param name="reader">What reads them.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="wasRead">Whether they were read, rather than refused.</param>
    /// <returns>The fault; null where there is none.</returns>
    public static FuzzFault? Run(FuzzReader reader, byte[] bytes, out bool wasRead)
    {
        wasRead = false;
        long limit = reader.MemoryLimit(bytes);
        long residentBefore = reader.MeasuresResident ? ResetPeak() : 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            reader.Read(bytes);
            wasRead = true;
        }
        catch (Exception exception)
        {
            if (!reader.Refuses(exception))
            {
                return FuzzFault.Of(exception);
            }
        }

        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        long grown = reader.MeasuresResident ? Memory("VmHWM") - residentBefore : 0;
        return Math.Max(taken, grown) <= limit ? null : new(
            "memory", "", string.Create(
                CultureInfo.InvariantCulture, $"{taken} bytes allocated, {grown} grown, {limit} allowed for {bytes.Length} bytes"));
    }

    // The most that was resident so far, forgotten; then what is resident now.
    private static long ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText(PeakReset, "5");
        }

        return Memory("VmRSS");
    }

    private static long Memory(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        string? line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line.AsSpan(name.Length + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
    }
}
