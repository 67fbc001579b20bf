using SsMfar.Runtime.Loading;

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
    /// <summary>
    /// Gets the version of a libtorch from a named folder as it tells it, such as <c>2.10.0</c>; <see langword="null"/> for the
    /// application's own, and where it does not tell.
    /// </summary>
    public string? LibTorchVersion { get; init; }

    /// <summary>Gets whether libtorch is of another minor version than TorchSharp is made for, as far as is known.</summary>
    internal bool IsOtherVersion => UsesExternalLibTorch && !Loading.LibTorchVersion.AreAlike(LibTorchVersion, TorchSharpVersion.LibTorch);

    /// <summary>Gets whether the bridge was adapted to the C++ runtime of this host.</summary>
    public bool BridgeWasPatched => Bridge != TorchBridge.Original;
}
