namespace SsMfar.Runtime;

/// <summary>Where TorchSharp's native bridge, <c>libLibTorchSharp</c>, was loaded from.</summary>
internal enum TorchBridge
{
    /// <summary>The file shipped with TorchSharp, as it is.</summary>
    Original,

    /// <summary>A copy in memory, adapted to a C++ runtime older than GCC 13's.</summary>
    AdaptedInMemory,

    /// <summary>A copy in a private folder, adapted to a C++ runtime older than GCC 13's.</summary>
    AdaptedFile,
}

/// <summary>What <see cref="TorchRuntime"/> loaded.</summary>
internal sealed class TorchRuntimeStatus
{
    internal TorchRuntimeStatus(string? libTorchDirectory, bool usesExternalLibTorch, TorchBridge bridge, bool cudaLibrariesLoaded)
    {
        LibTorchDirectory = libTorchDirectory;
        UsesExternalLibTorch = usesExternalLibTorch;
        Bridge = bridge;
        CudaLibrariesLoaded = cudaLibrariesLoaded;
    }

    /// <summary>Gets the folder libtorch came from; <see langword="null"/> where TorchSharp's own look-up found it.</summary>
    public string? LibTorchDirectory { get; }

    /// <summary>Gets whether libtorch came from a folder the caller or <c>SSMFAR_LIBTORCH</c> named.</summary>
    public bool UsesExternalLibTorch { get; }

    /// <summary>Gets whether libtorch's CUDA libraries were found and loaded; says nothing about a device.</summary>
    public bool CudaLibrariesLoaded { get; }

    /// <summary>
    /// Gets the version of a libtorch from a named folder as it tells it, such as <c>2.10.0</c>; <see langword="null"/> for the
    /// application's own, and where it does not tell.
    /// </summary>
    public string? LibTorchVersion { get; internal init; }

    /// <summary>Gets whether the bridge was adapted to the C++ runtime of this host.</summary>
    public bool BridgeWasPatched => Bridge != TorchBridge.Original;

    /// <summary>Gets where TorchSharp's native bridge came from.</summary>
    internal TorchBridge Bridge { get; }

    /// <summary>Gets what libtorch's convolutions are planned by.</summary>
    internal OneDnnPlan OneDnn { get; set; }

    /// <summary>Gets whether libtorch is of another minor version than TorchSharp is made for, as far as is known.</summary>
    internal bool IsOtherVersion => UsesExternalLibTorch && !Runtime.LibTorchVersion.AreAlike(LibTorchVersion, TorchSharpVersion.LibTorch);
}
