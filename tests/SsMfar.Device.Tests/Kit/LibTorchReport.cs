using System.Globalization;
using System.Runtime.InteropServices;
using SsMfar.Runtime;

namespace SsMfar.Tests.Kit;

/// <summary>Which libtorch was loaded, and whether each C++ function that TorchSharp's bridge takes from elsewhere is there.</summary>
internal static class LibTorchReport
{
    // In the order of their dependencies: a library is also asked for what it depends on.
    private static readonly string[] Libraries =
        [TorchNativeFiles.Core, TorchNativeFiles.Cpu, TorchNativeFiles.CoreCuda, TorchNativeFiles.Cuda, TorchNativeFiles.Torch];

    /// <returns>0 when nothing is missing, else 1.</returns>
    public static int Run(TextWriter output)
    {
        TorchRuntimeStatus status = TorchRuntime.Status!;
        output.WriteLine($"libtorch {status.LibTorchVersion ?? "of the application"} in {status.LibTorchDirectory}");
        output.WriteLine($"TorchSharp {TorchSharpVersion.Managed} is made for libtorch {TorchSharpVersion.LibTorch}");
        output.WriteLine(
            $"CUDA libraries: {(status.CudaLibrariesLoaded ? "loaded" : "none")}; bridge: {status.Bridge}; {PresentDevices.Report}");
        Dictionary<string, int> given = Count(status.LibTorchDirectory!, out List<string> missing);
        string by = string.Join(", ", given.Select(library => $"{library.Value} by {library.Key}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"symbols of the bridge: {given.Values.Sum() + missing.Count}; {by}; {missing.Count} missing"));
        foreach (string name in missing)
        {
            output.WriteLine($"MISSING {name}");
        }

        return missing.Count == 0 ? 0 : 1;
    }

    /// <summary>How many symbols of the bridge each library gives, the C++ runtime's included.</summary>
    /// <param name="folder">Where libtorch is.</param>
    /// <param name="missing">Those that none gives.</param>
    public static Dictionary<string, int> Count(string folder, out List<string> missing)
    {
        List<(string Name, nint Handle)> libraries = [.. Libraries.Select(name => Path.Combine(folder, name)).Where(File.Exists)
            .Select(path => (Path.GetFileName(path), NativeLibrary.Load(path)))];
        libraries.Add(("libstdc++.so.6", NativeLibrary.Load("libstdc++.so.6")));
        string bridge = TorchNativeFiles.FindBridge(TorchNativeFiles.SearchDirectories())!;
        ElfSharedObject elf = ElfSharedObject.Read(File.ReadAllBytes(bridge));
        Dictionary<string, int> given = [];
        missing = [];
        foreach (string name in Enumerable.Range(1, elf.SymbolCount - 1).Where(i => elf.IsImport(i) && !elf.IsWeak(i)).Select(elf.Name))
        {
            // The rest are of the C runtime, which the loader has bound; the one excepted is what is adapted to an older C++ runtime.
            if (!name.StartsWith("_Z", StringComparison.Ordinal) || name == ElfBridgePatcher.ImportName)
            {
                continue;
            }

            if (libraries.Find(library => NativeLibrary.TryGetExport(library.Handle, name, out _)).Name is { } by)
            {
                given[by] = given.GetValueOrDefault(by) + 1;
            }
            else
            {
                missing.Add(name);
            }
        }

        return given;
    }
}
