using System.Globalization;
using System.Runtime.InteropServices;
using SsMfar.Runtime;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    private const string CpuFile = "/proc/cpuinfo";

    // Those that decide how fast convolutions are.
    private static readonly string[] Extensions = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"];

    public static string Describe(MeasurementOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTime.UtcNow:yyyy-MM-dd}; {Processor()} ({string.Join(", ", Extensions.Intersect(Flags()).DefaultIfEmpty("no AVX2"))}), " +
            $"{Environment.ProcessorCount} processors, " +
        $"threads on each side: {options.Threads}; device: {options.Device}; {RuntimeInformation.OSDescription}, " +
        $"{RuntimeInformation.FrameworkDescription}, libtorch {TorchSharpVersion.LibTorch}");

    private static string Processor() => Value("model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string[] Flags() => Value("flags")?.Split(' ') ?? [];

    private static string? Value(string key) => File.Exists(CpuFile)
        ? File.ReadLines(CpuFile).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        : null;
}
