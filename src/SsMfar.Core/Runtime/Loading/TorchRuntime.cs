using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>
/// Loads libtorch and TorchSharp's native bridge. Everything in SsMfar calls <see cref="Initialize()"/> itself; an application that uses
/// TorchSharp directly calls it before its first TorchSharp call.
/// </summary>
/// <remarks>
/// The bridge asks for the C++ runtime of GCC 13 (GLIBCXX_3.4.32), which Debian 12, Ubuntu 22.04 and RHEL 9 lack. There a private copy,
/// in memory where the system allows it, is adapted and loaded; no shipped file changes and nothing needs privileges. On newer hosts the
/// shipped file is loaded as it is, and outside Linux loading is left to TorchSharp. Safe to call from many threads, and often: after the
/// first success a call costs one read. On Linux, oneDNN is told of caches where an AMD processor hides its own, as in some virtual
/// machines, before anything is convolved: its convolutions would be wrong, or end the process. Where it cannot be told, libtorch convolves
/// without it for the life of the process, and a warning is logged. On Windows a warning is all that is done.
/// </remarks>
public static class TorchRuntime
{
    internal const string LibTorchVariable = "SSMFAR_LIBTORCH";
    internal const string OtherVersionVariable = "SSMFAR_LIBTORCH_OTHER_VERSION";

    private static readonly Lock Gate = new();
    private static TorchRuntimeStatus? s_status;
    private static bool? s_retentionAsked;
    private static bool s_retains;

    /// <summary>Gets what was loaded, or <see langword="null"/> before the first success.</summary>
    internal static TorchRuntimeStatus? Status => Volatile.Read(ref s_status);

    /// <summary>Gets whether the natives are loaded.</summary>
    public static bool IsInitialized => Status is not null;

    /// <summary>
    /// Gets whether native memory that was freed stays with the process (<see cref="TorchRuntimeOptions.RetainFreedMemory"/>). Once
    /// <see langword="true"/>, it stays so for the life of the process.
    /// </summary>
    public static bool RetainsFreedMemory => Volatile.Read(ref s_retains);

    internal static bool OtherVersionIsAllowed => Environment.GetEnvironmentVariable(OtherVersionVariable) == "1";

    /// <summary>Loads the natives with the default options, unless they are loaded.</summary>
    /// <exception cref="TorchRuntimeException">The natives could not be loaded.</exception>
    public static void Initialize()
    {
        if (Volatile.Read(ref s_status) is null)
        {
            Initialize(new TorchRuntimeOptions());
        }
    }

    /// <summary>
    /// Loads the natives, unless they are loaded. After a failure it may be called again with other options; with another libtorch only
    /// where nothing of the first was loaded, since a process cannot be rid of it.
    /// </summary>
    /// <param name="options">Where libtorch is and how to load it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is <see langword="null"/>.</exception>
    /// <exception cref="TorchRuntimeException">
    /// The natives could not be loaded, or they are loaded already from another folder than <paramref name="options"/> names, or a call
    /// that failed left some of another folder in the process, or <see cref="TorchRuntimeOptions.RetainFreedMemory"/> is
    /// <see langword="false"/> where freed memory is retained already.
    /// </exception>
    public static void Initialize(TorchRuntimeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool retainsNow;
        lock (Gate)
        {
            bool before = s_retains;
            if (s_status is { } loaded)
            {
                CheckSameFolder(options, loaded);
                SetRetention(options.RetainFreedMemory);
            }
            else
            {
                var found = Load(options);
                Verify();
                found.OneDnn = OneDnnCaches.Ensure();
                if (OperatingSystem.IsLinux() && ProcessorTopology.IsHidden)
                {
                    Nnpack.IsOn = false;
                }

                TensorFloat32.IsAllowed = options.AllowTensorFloat32;
                SetRetention(options.RetainFreedMemory);
                Volatile.Write(ref s_status, found);
            }

            retainsNow = s_retains && !before;
        }

        if (!RuntimeLog.Report(options.LoggerFactory) && retainsNow)
        {
            RuntimeLog.FreedMemoryRetained(options.LoggerFactory);
        }
    }

    /// <summary>Retains freed memory from now on, unless the application forbade it or it is retained already.</summary>
    /// <returns>Whether this call switched it on.</returns>
    internal static bool RetainFreedMemoryForTraining()
    {
        lock (Gate)
        {
            bool before = s_retains;
            Retain(s_retentionAsked ?? true);
            return s_retains && !before;
        }
    }

    private static void SetRetention(bool? asked)
    {
        if (asked is null)
        {
            return;
        }

        if (asked == false && s_retains)
        {
            throw new TorchRuntimeException(
                $"Freed memory is retained already, and a process cannot take that back.",
                $"Set {nameof(TorchRuntimeOptions)}.{nameof(TorchRuntimeOptions.RetainFreedMemory)} to false before the first training.");
        }

        s_retentionAsked = asked;
        Retain(asked.Value);
    }

    private static void Retain(bool wanted)
    {
        if (wanted && !s_retains && OperatingSystem.IsLinux())
        {
            Volatile.Write(ref s_retains, HeapRetention.TryEnable());
        }
    }

    private static TorchRuntimeStatus Load(TorchRuntimeOptions options)
    {
        var named = NullIfEmpty(options.LibTorchDirectory) ?? NullIfEmpty(Environment.GetEnvironmentVariable(LibTorchVariable));
        if (options.ThreadSpins is < 0)
        {
            throw new TorchRuntimeException(
                $"A thread cannot look for work {options.ThreadSpins} times.", "Give 0 or more, or nothing for the default.");
        }

        if (OperatingSystem.IsLinux())
        {
            ThreadSpinning.Set(options.ThreadSpins);
            return new LinuxTorchLoader(options, named).Load();
        }

        return named is null
            ? new TorchRuntimeStatus(null, usesExternalLibTorch: false, TorchBridge.Original, cudaLibrariesLoaded: false)
            : throw new TorchRuntimeException(
                $"Another libtorch ('{named}') can be used on Linux x64 only.",
                $"Leave {LibTorchVariable} and LibTorchDirectory unset.");
    }

    // One tensor, so that a failure shows here and not in the middle of something else.
    private static void Verify()
    {
        try
        {
            using var probe = torch.zeros(1);
        }
        catch (Exception e) when (Explain(e, isLoaded: OperatingSystem.IsLinux()) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>What it means that a first tensor cannot be made; null where loading is not at fault.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="isLoaded">Whether the natives were loaded before, so that TorchSharp had them.</param>
    internal static TorchRuntimeException? Explain(Exception failure, bool isLoaded)
    {
        Exception cause = failure;
        while (cause is TypeInitializationException { InnerException: { } inner })
        {
            cause = inner;
        }

        bool isMissing = cause is NotSupportedException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException;
        if (failure is TypeInitializationException && (isLoaded || !isMissing))
        {
            return new(
                "TorchSharp was used before TorchRuntime.Initialize() and could not load its natives then; .NET remembers that failure " +
                "for the life of the process.",
                "Call SsMfar.Runtime.TorchRuntime.Initialize() before the first TorchSharp call.",
                failure);
        }

        return isMissing
            ? new(
                $"TorchSharp could not use its natives: {cause.Message}",
                "Reference the libtorch package of this platform from the application (TorchSharp-cpu, or libtorch-cpu-linux-x64, " +
                    "libtorch-cpu-osx-arm64, libtorch-cpu-win-x64), of the version TorchSharp names.",
                failure)
            : null;
    }

    private static void CheckSameFolder(TorchRuntimeOptions options, TorchRuntimeStatus loaded)
    {
        if (NullIfEmpty(options.LibTorchDirectory) is { } named &&
            TorchNativeFiles.FindNamedLibTorch(named) != loaded.LibTorchDirectory)
        {
            throw new TorchRuntimeException(
                $"libtorch is loaded already, from {loaded.LibTorchDirectory ?? "the place TorchSharp found it"}, and a process can " +
                    "load one only.",
                $"Name '{named}' in the first call of TorchRuntime.Initialize.");
        }
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
