using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SsMfar.Runtime;

/// <summary>
/// Loads libtorch and TorchSharp's bridge on Linux x64 by absolute path, in the order of their dependencies, before TorchSharp looks for
/// them. Nothing of TorchSharp runs here.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxTorchLoader(TorchRuntimeOptions options, string? namedLibTorch)
{
    // Its place among the preloaded ones.
    private const int CpuLibrary = 1;

    // The folder that the process has libraries of, whether or not the rest succeeded: none can be unloaded. Under TorchRuntime's lock.
    private static string? s_begun;

    private readonly List<string> _attempts = [];

    public TorchRuntimeStatus Load()
    {
        CheckHost();
        var folders = TorchNativeFiles.SearchDirectories();
        var bridge = TorchNativeFiles.FindBridge(folders) ?? throw Failure(
            $"TorchSharp's native library {TorchNativeFiles.Bridge} was not found.",
            "Reference the package TorchSharp from the application and publish for linux-x64 or without a runtime identifier.",
            folders);
        var shipped = TorchNativeFiles.FindLibTorch(folders);
        var libTorch = namedLibTorch is null ? shipped : FindNamed(namedLibTorch);
        if (libTorch is null)
        {
            throw Failure(
                "No libtorch was found.",
                "Reference the package libtorch-cpu-linux-x64 (or TorchSharp-cpu, or TorchSharp-cuda-linux for CUDA) from the " +
                    "application, " +
                $"or name the folder of another libtorch in {TorchRuntime.LibTorchVariable} or TorchRuntimeOptions.LibTorchDirectory.",
                folders);
        }

        if (s_begun is not null && s_begun != libTorch)
        {
            throw Failure(
                $"Libraries of the libtorch in {s_begun} are in this process since a call that failed, and those in {libTorch} cannot be " +
                    "loaded beside them.",
                "Restart the process, and name the right folder in the first call of TorchRuntime.Initialize.");
        }

        var (libraries, cuda) = Preload(libTorch);
        string? version = null;
        if (namedLibTorch is not null)
        {
            CheckImports(bridge, libTorch, libraries);
            version = CheckVersion(libTorch, libraries[CpuLibrary]);
        }

        var privately = new PrivateLibraryLoader(options, _attempts);
        var loaded = new LinuxBridgeLoader(privately, _attempts).Load(bridge) ?? throw Failure(
            "TorchSharp's native library could not be loaded.",
            "If a C++ runtime older than GCC 13's is at fault, allow memory files or a cache folder that permits execution " +
            "(TorchRuntimeOptions.UseMemoryFile, CacheDirectory), or install a newer libstdc++.");
        HideOthers(folders, libTorch, privately);
        return new TorchRuntimeStatus(libTorch, namedLibTorch is not null, loaded, cuda) { LibTorchVersion = version };
    }

    private static void CheckHost()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new TorchRuntimeException(
                $"TorchSharp has no native library for Linux on {RuntimeInformation.ProcessArchitecture}.", "Run on x64 (linux-x64).");
        }

        if (RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal))
        {
            throw new TorchRuntimeException(
                "TorchSharp's native libraries need glibc, and this system uses musl (Alpine Linux, for one).",
                "Run on a distribution with glibc, such as the Debian or Ubuntu images of .NET.");
        }
    }

    private string FindNamed(string folder) => TorchNativeFiles.FindNamedLibTorch(folder) ?? throw Failure(
        $"The folder '{folder}', named as the libtorch to use, does not hold one.",
        $"It must contain {TorchNativeFiles.Core}, {TorchNativeFiles.Cpu} and {TorchNativeFiles.Torch}, as site-packages/torch/lib of a " +
        $"PyTorch installation does. Correct TorchRuntimeOptions.LibTorchDirectory or {TorchRuntime.LibTorchVariable}, or leave both " +
        "unset.");

    private (List<nint> Handles, bool Cuda) Preload(string folder)
    {
        List<nint> handles = [Require(TorchNativeFiles.Core)];
        s_begun = folder;
        handles.Add(Require(TorchNativeFiles.Cpu));

        // The CUDA libraries come before libtorch.so, which asks for them where it was built with CUDA. Where one does not load, the CPU
        // may still serve, and libtorch.so decides.
        var coreCuda = Optional(TorchNativeFiles.CoreCuda);
        var cuda = coreCuda is null ? null : Optional(TorchNativeFiles.Cuda);
        handles.AddRange(new[] { coreCuda, cuda }.OfType<nint>());
        handles.Add(Require(TorchNativeFiles.Torch));
        return (handles, cuda is not null);

        nint Require(string name) => NativeLoad.Try(Path.Combine(folder, name), _attempts) ?? throw Failure(
            $"{name} could not be loaded.",
            "The last line below says why: install the library it names, or restore the libtorch package anew.");

        nint? Optional(string name) =>
            File.Exists(Path.Combine(folder, name)) ? NativeLoad.Try(Path.Combine(folder, name), _attempts) : null;
    }

    // A function that is missing would end the process at its first call, so another libtorch is checked before the bridge is bound to it.
    private void CheckImports(string bridge, string libTorch, List<nint> libraries)
    {
        List<string> missing;
        try
        {
            var elf = ElfSharedObject.Read(File.ReadAllBytes(bridge));
            missing = [.. Enumerable.Range(1, elf.SymbolCount - 1)
                .Where(i => elf.IsImport(i) && !elf.IsWeak(i))
                .Select(elf.Name)
                .Where(name => name.StartsWith("_Z", StringComparison.Ordinal) && name != ElfBridgePatcher.ImportName)
                .Where(name => !libraries.Exists(library => NativeLibrary.TryGetExport(library, name, out _)))];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw Failure($"{bridge} could not be read: {e.Message}.", "Restore the package TorchSharp anew.", inner: e);
        }

        if (missing.Count > 0)
        {
            throw Failure(
                $"The libtorch in {libTorch} lacks {missing.Count} functions that TorchSharp needs, {missing[0]} for one.",
                $"TorchSharp {TorchSharpVersion.Managed} is made for libtorch {TorchSharpVersion.LibTorch}: name a folder with that " +
                    "version.");
        }
    }

    // Functions of the same name may take and lay out things differently in another version; no check of names can tell.
    private string? CheckVersion(string libTorch, nint library)
    {
        string? version = LibTorchVersion.Of(library);
        bool allowed = options.AllowOtherLibTorchVersion || TorchRuntime.OtherVersionIsAllowed;
        return allowed || LibTorchVersion.AreAlike(version, TorchSharpVersion.LibTorch)
            ? version
            : throw Failure(
                $"The libtorch in {libTorch} is version {version ?? "unknown"}, and TorchSharp {TorchSharpVersion.Managed} is made for " +
                $"{TorchSharpVersion.LibTorch}.",
                "Name a folder with that version. This one has every function that TorchSharp needs; to try it all the same, at your own " +
                $"risk, set {TorchRuntime.OtherVersionVariable}=1 or TorchRuntimeOptions.AllowOtherLibTorchVersion.");
    }

    // TorchSharp looks up libtorch by its path in each search folder, so beside a libtorch that came from elsewhere it would load the
    // application's own, and two in one process end it. The loader takes a path for a library whose soname is that path: an empty one.
    private void HideOthers(IReadOnlyList<string> folders, string libTorch, PrivateLibraryLoader privately)
    {
        string[] names = [TorchNativeFiles.Cpu, TorchNativeFiles.Cuda];
        var others = folders.Where(folder => folder != libTorch).SelectMany(folder => names.Select(name => Path.Combine(folder, name)));
        foreach (var path in others.Where(File.Exists))
        {
            if (privately.Load("libempty.so", ElfEmptyLibrary.Create(path)) is null)
            {
                throw Failure(
                    $"The application's own {path} could not be kept from loading beside the libtorch in {libTorch}.",
                    "Remove the libtorch package from the application, or leave the other libtorch unnamed.");
            }
        }
    }

    private TorchRuntimeException Failure(
        string problem, string remedy, IReadOnlyList<string>? searched = null, Exception? inner = null) =>
        new(problem, remedy, [.. (searched ?? []).Select(folder => $"searched {folder}"), .. _attempts], inner);
}
