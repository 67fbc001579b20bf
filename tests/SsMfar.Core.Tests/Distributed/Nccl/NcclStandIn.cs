using System.Runtime.InteropServices;
using SsMfar.Distributed;

namespace SsMfar.Tests.Distributed;

/// <summary>
/// A library with the functions of NCCL and of CUDA's runtime that are used, compiled from <c>nccl.c</c> beside this file, so that the very
/// calls are made that would be made of NCCL.
/// </summary>
public sealed class NcclStandIn : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private INccl? _library;

    /// <summary>Gets the library, compiled when first asked for.</summary>
    internal INccl Library => _library ??= Load();

    /// <summary>Gets the file that it is in.</summary>
    public string File { get; private set; } = "";

    /// <summary>Gets how many communicators were made and not freed.</summary>
    public int Communicators => Ask("standin_communicators");

    /// <summary>Gets how many events were made and not freed.</summary>
    public int Events => Ask("standin_events");

    /// <summary>Gets or sets the calling thread's current device.</summary>
    public int CurrentDevice
    {
        get => Ask("standin_device");
        set => Library.CudaSetDevice(value).Should().Be(0);
    }

    /// <summary>Compiles a library of these files.</summary>
    public async Task<string> CompileAsync(string name, params string[] arguments)
    {
        string library = _folder.File(name);
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            "gcc", ["-shared", "-fPIC", "-O1", "-std=c11", "-D_GNU_SOURCE", "-o", library, .. arguments]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return library;
    }

    /// <summary>Compiles <c>nccl.c</c>.</summary>
    public Task<string> CompileNcclAsync(string name, params string[] arguments) => CompileAsync(
        name, [.. arguments, Path.Combine(Repository.Root, "tests", "SsMfar.Core.Tests", "Distributed", "Nccl", "nccl.c")]);

    public void Dispose() => _folder.Dispose();

    private INccl Load()
    {
        // A test waits for it anyway.
        File = CompileNcclAsync("libstandin.so").GetAwaiter().GetResult();
        return NcclLibrary.Find(File, [File], out _)!;
    }

    private unsafe int Ask(string function)
    {
        _ = Library;
        return ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(NativeLibrary.Load(File), function))();
    }
}
