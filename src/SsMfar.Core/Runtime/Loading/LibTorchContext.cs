using System.Runtime.InteropServices;

namespace SsMfar.Runtime;

/// <summary>
/// Switches of libtorch's own that TorchSharp has no call for, by the names of its functions on Linux. It is loaded, and found by its name.
/// </summary>
internal static unsafe class LibTorchContext
{
    /// <summary>The function that returns <c>at::Context</c>, to which the switches belong.</summary>
    public const string Name = "_ZN2at13globalContextEv";

    private const string Library = "libtorch_cpu.so";

    /// <summary>The address of a function; 0 where libtorch exports none of that name.</summary>
    public static nint Export(string name) =>
        NativeLibrary.TryLoad(Library, out nint library) && NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;

    /// <summary>What a switch is; null where libtorch does not tell.</summary>
    public static bool? Get(string name) => Export(name) is var ask and not 0 && Context() is var context and not 0
        ? ((delegate* unmanaged<nint, byte>)ask)(context) != 0 : null;

    /// <summary>Sets a switch, where there is one; null changes nothing.</summary>
    public static void Set(string name, bool? value)
    {
        if (value is { } isOn && Export(name) is var set and not 0 && Context() is var context and not 0)
        {
            ((delegate* unmanaged<nint, byte, void>)set)(context, isOn ? (byte)1 : (byte)0);
        }
    }

    private static nint Context() => Export(Name) is var context and not 0 ? ((delegate* unmanaged<nint>)context)() : 0;
}
