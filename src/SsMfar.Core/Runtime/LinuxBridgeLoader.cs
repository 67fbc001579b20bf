using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SsMfar.Runtime;

/// <summary>
/// Loads TorchSharp's bridge on Linux: the shipped file where the host's C++ runtime is new enough, else an adapted copy. TorchSharp later
/// finds whichever was loaded by its soname.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxBridgeLoader(TorchRuntimeOptions options, List<string> attempts)
{
    /// <summary>Loads the bridge at <paramref name="path"/>; libtorch is loaded already.</summary>
    /// <returns>What was loaded, or <see langword="null"/> when nothing could be; the attempts then say why.</returns>
    internal (TorchBridge Bridge, nint Handle)? Load(string path)
    {
        if (TryLoad(path) is { } original)
        {
            return (TorchBridge.Original, original);
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

        return FromMemory(adapted) ?? FromCache(adapted) ?? FromTemporaryFolder(adapted);
    }

    private static bool HostHasStreamInitialiser() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) && NativeLibrary.TryGetExport(library, ElfBridgePatcher.ImportName, out _);

    private (TorchBridge Bridge, nint Handle)? FromMemory(byte[] adapted)
    {
        if (!options.UseMemoryFile)
        {
            attempts.Add("an adapted copy in memory: turned off by the options");
            return null;
        }

        try
        {
            // The descriptor stays open: the loader, and debuggers after it, know the library by this path.
            var file = MemoryFile.Create(TorchNativeFiles.Bridge, adapted);
            if (TryLoad($"/proc/self/fd/{file.DangerousGetHandle()}") is { } handle)
            {
                file.SetHandleAsInvalid();
                return (TorchBridge.AdaptedInMemory, handle);
            }

            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            attempts.Add($"an adapted copy in memory: {e.Message}");
        }

        return null;
    }

    private (TorchBridge Bridge, nint Handle)? FromCache(byte[] adapted)
    {
        var folder = options.CacheDirectory ?? PrivateFileCache.DefaultDirectory();
        if (folder is null)
        {
            attempts.Add("an adapted copy in the user's cache folder: neither XDG_CACHE_HOME nor HOME is set");
            return null;
        }

        return FromFolder(folder, adapted);
    }

    private (TorchBridge Bridge, nint Handle)? FromTemporaryFolder(byte[] adapted)
    {
        string[] parents = [Path.GetTempPath(), "/var/tmp", "/dev/shm"];
        foreach (var parent in parents.Where(Directory.Exists))
        {
            var folder = Path.Combine(parent, $"ssmfar-{Guid.NewGuid():N}");
            try
            {
                if (FromFolder(folder, adapted) is { } loaded)
                {
                    return loaded;
                }
            }
            finally
            {
                RemoveTemporary(folder);
            }
        }

        return null;
    }

    private (TorchBridge Bridge, nint Handle)? FromFolder(string folder, byte[] adapted)
    {
        try
        {
            var path = PrivateFileCache.Store(folder, TorchNativeFiles.Bridge, adapted);
            return TryLoad(path) is { } handle ? (TorchBridge.AdaptedFile, handle) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            attempts.Add($"an adapted copy in {folder}: {e.Message}");
            return null;
        }
    }

    // A loaded library stays mapped when its file is removed.
    private void RemoveTemporary(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            attempts.Add($"removing {folder}: {e.Message}");
        }
    }

    private nint? TryLoad(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            attempts.Add($"{path}: {LoadError.Reason(e)}");
            return null;
        }
    }
}
