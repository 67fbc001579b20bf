namespace SsMfar.Runtime;

/// <summary>Where TorchSharp's native bridge, <c>libLibTorchSharp</c>, was loaded from.</summary>
public enum TorchBridge
{
    /// <summary>The file shipped with TorchSharp, as it is.</summary>
    Original,

    /// <summary>A copy in memory, adapted to a C++ runtime older than GCC 13's.</summary>
    AdaptedInMemory,

    /// <summary>A copy in a private folder, adapted to a C++ runtime older than GCC 13's.</summary>
    AdaptedFile,
}

/// <summary>What <see cref="TorchRuntime"/> loaded.</summary>
/// <param name="LibTorchDirectory">The folder libtorch came from; <see langword="null"/> where TorchSharp's own look-up found it.</param>
/// <param name="UsesExternalLibTorch">Whether libtorch came from a folder the caller or <c>SSMFAR_LIBTORCH</c> named.</param>
/// <param name="Bridge">Where TorchSharp's native bridge came from.</param>
/// <param name="CudaLibrariesLoaded">Whether libtorch's CUDA libraries were found and loaded; says nothing about a device.</param>
public sealed record TorchRuntimeStatus(
    string? LibTorchDirectory,
    bool UsesExternalLibTorch,
    TorchBridge Bridge,
    bool CudaLibrariesLoaded)
{
    /// <summary>Gets whether the bridge was adapted to the C++ runtime of this host.</summary>
    public bool BridgeWasPatched => Bridge != TorchBridge.Original;
}
