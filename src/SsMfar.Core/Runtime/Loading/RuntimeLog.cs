using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace SsMfar.Runtime;

/// <summary>What the runtime logs, by the category of <see cref="TorchRuntime"/>; event ids are stable.</summary>
internal static partial class RuntimeLog
{
    // Natives load once in a process, mostly before anyone could tell where to log; each place to log hears of it once.
    private static readonly ConditionalWeakTable<ILoggerFactory, object> Told = [];

    /// <summary>Logs what the process runs on, unless it was logged there already.</summary>
    /// <returns>Whether it is logged now.</returns>
    public static bool Report(ILoggerFactory? loggers)
    {
        if (loggers is null || TorchRuntime.Status is not { } status || !Told.TryAdd(loggers, status))
        {
            return false;
        }

        Report(Logger(loggers), status, TorchRuntime.RetainsFreedMemory);
        return true;
    }

    /// <summary>Logs what was loaded and which switches of the process are set.</summary>
    public static void Report(ILogger logger, TorchRuntimeStatus status, bool retainsFreedMemory)
    {
        LibTorchLoaded(
            logger,
            status.LibTorchDirectory ?? "where TorchSharp found it",
            status.UsesExternalLibTorch ? "named" : "the application's own",
            status.CudaLibrariesLoaded ? "with CUDA" : "without CUDA");
        if (status.IsOtherVersion)
        {
            OtherLibTorchVersion(logger, status.LibTorchVersion ?? "unknown", TorchSharpVersion.Managed, TorchSharpVersion.LibTorch);
        }

        if (status.BridgeWasPatched)
        {
            BridgeAdapted(logger, status.Bridge == TorchBridge.AdaptedInMemory ? "in memory" : "in a private file");
        }

        switch (status.OneDnn)
        {
            case OneDnnPlan.UsualCaches:
                UsualCaches(logger);
                break;
            case OneDnnPlan.NotUsed:
                OneDnnNotUsed(logger);
                break;
            case OneDnnPlan.NoCaches:
                NoCaches(logger);
                break;
        }

        if (retainsFreedMemory)
        {
            FreedMemoryRetained(logger);
        }
    }

    /// <summary>Logs that freed memory stays with the process from now on.</summary>
    public static void FreedMemoryRetained(ILoggerFactory? loggers)
    {
        if (loggers is not null)
        {
            FreedMemoryRetained(Logger(loggers));
        }
    }

    /// <summary>Logs a fall back to the CPU: a warning where CUDA was shipped, which someone will have wanted.</summary>
    public static void CpuInsteadOfCuda(ILoggerFactory? loggers, bool cudaWasShipped, string reason)
    {
        if (loggers is not null)
        {
            ILogger logger = Logger(loggers);
            CpuInsteadOfCuda(logger, cudaWasShipped ? LogLevel.Warning : LogLevel.Information, reason);
        }
    }

    private static ILogger Logger(ILoggerFactory loggers) => loggers.CreateLogger(typeof(TorchRuntime).FullName!);

    [LoggerMessage(101, LogLevel.Information, "libtorch in use: {Directory} ({Origin}, {Cuda})")]
    private static partial void LibTorchLoaded(ILogger logger, string directory, string origin, string cuda);

    [LoggerMessage(
        102,
        LogLevel.Warning,
        "libtorch {Version} is in use, and TorchSharp {TorchSharp} is made for {Expected}: results may be wrong, or the process may end")]
    private static partial void OtherLibTorchVersion(ILogger logger, string version, string torchSharp, string expected);

    [LoggerMessage(
        103,
        LogLevel.Information,
        "TorchSharp's native bridge was adapted {Place} to this host's C++ runtime; no shipped file was changed")]
    private static partial void BridgeAdapted(ILogger logger, string place);

    [LoggerMessage(
        104,
        LogLevel.Information,
        "Freed native memory stays with the process (mallopt), for good; TorchRuntimeOptions.RetainFreedMemory says when")]
    private static partial void FreedMemoryRetained(ILogger logger);

    [LoggerMessage(EventId = 105, Message = "Running on the CPU: {Reason}")]
    private static partial void CpuInsteadOfCuda(ILogger logger, LogLevel level, string reason);

    [LoggerMessage(
        106,
        LogLevel.Information,
        "This processor hides its caches, and oneDNN, by which libtorch convolves, was told the usual ones: it would have computed wrong "
            + "values")]
    private static partial void UsualCaches(ILogger logger);

    [LoggerMessage(
        107,
        LogLevel.Warning,
        "This processor hides its caches or cores, oneDNN would compute wrong values or end the process, and cannot be told of any: "
            + "libtorch convolves without oneDNN, which takes several times as long")]
    private static partial void OneDnnNotUsed(ILogger logger);

    [LoggerMessage(
        108,
        LogLevel.Warning,
        "This processor hides its caches, and oneDNN may compute wrong values: set ONEDNN_MAX_CPU_ISA=SSE41 in the environment")]
    private static partial void NoCaches(ILogger logger);
}
