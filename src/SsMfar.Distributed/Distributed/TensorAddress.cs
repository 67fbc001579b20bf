using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// Where a tensor's numbers are, on a device too, which TorchSharp shows of the host alone; its bridge tells of any.
/// </summary>
internal static unsafe class TensorAddress
{
    // Loaded, from wherever it lies, before there is a tensor; found again by its own name.
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> Data = Find();

    /// <summary>Gets whether the bridge tells.</summary>
    public static bool IsKnown => Data != null;

    /// <summary>The address of a tensor's first number.</summary>
    public static nint Of(torch.Tensor tensor)
    {
        nint address = Data(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }

    private static delegate* unmanaged[Cdecl]<nint, nint> Find() => (delegate* unmanaged[Cdecl]<nint, nint>)(
        NativeLibrary.TryLoad("libLibTorchSharp.so", out nint bridge) &&
        NativeLibrary.TryGetExport(bridge, "THSTensor_data", out nint function) ? function : 0);
}
