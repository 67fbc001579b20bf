using System.Diagnostics.CodeAnalysis;
using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>Where the natives of TorchSharp and libtorch lie on Linux x64.</summary>
internal static class TorchNativeFiles
{
    public const string Bridge = "libLibTorchSharp.so";
    public const string Core = "libc10.so";
    public const string Cpu = "libtorch_cpu.so";
    public const string CoreCuda = "libc10_cuda.so";
    public const string Cuda = "libtorch_cuda.so";
    public const string Torch = "libtorch.so";
    private const string NativeFolder = "runtimes/linux-x64/native";

    /// <summary>
    /// The folders to search: what the host found for this application, then the usual places beside it and beside TorchSharp.
    /// </summary>
    public static IReadOnlyList<string> SearchDirectories()
    {
        var host = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        var folders = new List<string>(host.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        AddWithNatives(AppContext.BaseDirectory);
        var assembly = AssemblyFolder();
        if (assembly is not null)
        {
            // In a package folder the assembly lies in lib/<framework>, the natives in runtimes.
            AddWithNatives(assembly);
            folders.Add(Path.Combine(assembly, "../..", NativeFolder));
        }

        return [.. folders.Select(Normalize).Distinct(StringComparer.Ordinal).Where(Directory.Exists)];

        void AddWithNatives(string folder)
        {
            folders.Add(folder);
            folders.Add(Path.Combine(folder, NativeFolder));
        }
    }

    /// <summary>The first of <paramref name="folders"/> that holds the bridge, as a path to it.</summary>
    public static string? FindBridge(IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, Bridge)).FirstOrDefault(File.Exists);

    /// <summary>The first of <paramref name="folders"/> that holds libtorch.</summary>
    public static string? FindLibTorch(IEnumerable<string> folders) => folders.FirstOrDefault(HoldsLibTorch);

    /// <summary>The folder with libtorch at or below <paramref name="named"/>, the folder a user named.</summary>
    public static string? FindNamedLibTorch(string named)
    {
        string[] candidates = [named, Path.Combine(named, "lib"), Path.Combine(named, "torch", "lib"), Path.Combine(named, NativeFolder)];
        return candidates.Select(Normalize).FirstOrDefault(HoldsLibTorch);
    }

    private static bool HoldsLibTorch(string folder) =>
        File.Exists(Path.Combine(folder, Core)) && File.Exists(Path.Combine(folder, Cpu)) && File.Exists(Path.Combine(folder, Torch));

    private static string Normalize(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    [UnconditionalSuppressMessage(
        "SingleFile",
        "IL3000",
        Justification = "An empty location, as in a single-file application, is handled.")]
    private static string? AssemblyFolder()
    {
        var location = typeof(torch).Assembly.Location;
        return string.IsNullOrEmpty(location) ? null : Path.GetDirectoryName(location);
    }
}
