using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SsMfar.Runtime;

/// <summary>
/// Loads TorchSharp's bridge on Linux: the shipped file where the host's C++ runtime is new enough, else an adapted copy. TorchSharp later
/// finds whichever was loaded by its soname.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxBridgeLoader(PrivateLibraryLoader privately, List<string> attempts)
{
    /// <summary>Loads the bridge at <paramref name="path"/>; libtorch is loaded already.</summary>
    /// <returns>What was loaded, or <see langword="null"/> when nothing could be; the attempts then say why.</returns>
    public TorchBridge? Load(string path)
    {
        if (NativeLoad.Try(path, attempts) is not null)
        {
            return TorchBridge.Original;
        }

        if (HostHasStreamInitialiser())
        {
            return null;
        }

        byte[] adapted;
        try
        {
            adapted = ElfBridgePatcher.Patch(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            attempts.Add($"adapting {path} to this host's C++ runtime: {e.Message}");
            return null;
        }

        return privately.Load(TorchNativeFiles.Bridge, adapted) is not { } inMemory ? null
            : inMemory ? TorchBridge.AdaptedInMemory : TorchBridge.AdaptedFile;
    }

    private static bool HostHasStreamInitialiser() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) && NativeLibrary.TryGetExport(library, ElfBridgePatcher.ImportName, out _);
}
