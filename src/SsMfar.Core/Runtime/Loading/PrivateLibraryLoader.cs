using System.Runtime.Versioning;

namespace SsMfar.Runtime;

/// <summary>
/// Loads a library that exists as bytes alone: from a memory file, else from the private cache folder, else from a temporary folder that
/// is removed at once.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class PrivateLibraryLoader(TorchRuntimeOptions options, List<string> attempts)
{
    /// <summary>Loads <paramref name="content"/>, whose soname later look-ups find it by.</summary>
    /// <returns>Whether it was loaded from memory, or <see langword="null"/> when no way worked; the attempts then say why.</returns>
    public bool? Load(string name, byte[] content) =>
        FromMemory(name, content) ?? FromCache(name, content) ?? FromTemporaryFolder(name, content);

    private bool? FromMemory(string name, byte[] content)
    {
        if (!options.UseMemoryFile)
        {
            attempts.Add("a copy in memory: turned off by the options");
            return null;
        }

        try
        {
            // The descriptor stays open: the loader, and debuggers after it, know the library by this path.
            var file = MemoryFile.Create(name, content);
            if (NativeLoad.Try($"/proc/self/fd/{file.DangerousGetHandle()}", attempts) is not null)
            {
                file.SetHandleAsInvalid();
                return true;
            }

            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            attempts.Add($"a copy in memory: {e.Message}");
        }

        return null;
    }

    private bool? FromCache(string name, byte[] content)
    {
        var folder = options.CacheDirectory ?? UserCache.Folder();
        if (folder is null)
        {
            attempts.Add("a copy in the user's cache folder: neither XDG_CACHE_HOME nor HOME is set");
            return null;
        }

        return FromFolder(folder, name, content);
    }

    private bool? FromTemporaryFolder(string name, byte[] content)
    {
        string[] parents = [Path.GetTempPath(), "/var/tmp", "/dev/shm"];
        foreach (var parent in parents.Where(Directory.Exists))
        {
            var folder = Path.Combine(parent, $"ssmfar-{Guid.NewGuid():N}");
            try
            {
                if (FromFolder(folder, name, content) is { } loaded)
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

    private bool? FromFolder(string folder, string name, byte[] content)
    {
        try
        {
            var path = PrivateFileCache.Store(folder, name, content);
            return NativeLoad.Try(path, attempts) is null ? null : false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            attempts.Add($"a copy in {folder}: {e.Message}");
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
}
