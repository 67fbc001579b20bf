using System.Runtime.InteropServices;
using SsMfar.Runtime;

namespace SsMfar.Tests.Kit;

/// <summary>
/// Makes libtorch throw where the host waits for a CUDA device: what Python calls torch.cuda.set_sync_debug_mode("error"). TorchSharp does
/// not bind it, and libtorch's C++ function for it is inline. But the state that it sets is a static variable of an exported inline
/// function (c10/cuda/CUDAFunctions.h, warning_state), which GCC emits into libc10_cuda as a unique symbol: one for the whole process, an
/// int. It covers read-backs, copies that wait and operations whose result's size only the device knows; not memory that has to be
/// allocated anew, which first steps do.
/// </summary>
internal sealed class HostWaits : IDisposable
{
    private const string State = "_ZZN3c104cuda13warning_stateEvE14warning_state_";
    private const int Allowed = 0;
    private const int Error = 2;

    private readonly nint _state;

    private HostWaits(nint state)
    {
        _state = state;
        Marshal.WriteInt32(_state, Error);
    }

    /// <summary>Forbids the process to wait until disposed; null where libtorch has no CUDA or does not export the state.</summary>
    public static HostWaits? Forbid() => Find() is { } state ? new(state) : null;

    public void Dispose() => Marshal.WriteInt32(_state, Allowed);

    private static nint? Find()
    {
        string? folder = TorchRuntime.Status is { CudaLibrariesLoaded: true } status ? status.LibTorchDirectory : null;
        if (folder is null || !NativeLibrary.TryLoad(Path.Combine(folder, TorchNativeFiles.CoreCuda), out nint library)
            || !NativeLibrary.TryGetExport(library, State, out nint state))
        {
            return null;
        }

        // Anything but the three modes is something else than is expected here, which nobody may write to.
        return Marshal.ReadInt32(state) is >= Allowed and <= Error ? state : null;
    }
}
