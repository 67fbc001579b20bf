using System.Runtime.InteropServices;

namespace SsMfar.Runtime;

/// <summary>
/// libtorch asks NNPACK for some convolutions on one thread. Where a processor hides what it is, NNPACK cannot be used, and libtorch says
/// so on standard error, at every such convolution. Linux, as far as the names of its functions go.
/// </summary>
internal static unsafe class Nnpack
{
    private const string Library = "libtorch_cpu.so";
    private const string Context = "_ZN2at13globalContextEv";
    private const string Enable = "_ZN2at7Context20setUserEnabledNNPACKEb";
    private const string IsEnabled = "_ZNK2at7Context17userEnabledNNPACKEv";

    /// <summary>Gets or sets whether libtorch asks for it; null where libtorch does not tell, which nothing changes.</summary>
    public static bool? IsOn
    {
        get => Export(IsEnabled) is var ask and not 0 && GlobalContext() is var context and not 0
            ? ((delegate* unmanaged<nint, byte>)ask)(context) != 0 : null;
        set
        {
            if (value is { } isOn && Export(Enable) is var enable and not 0 && GlobalContext() is var context and not 0)
            {
                ((delegate* unmanaged<nint, byte, void>)enable)(context, isOn ? (byte)1 : (byte)0);
            }
        }
    }

    private static nint GlobalContext() => Export(Context) is var context and not 0 ? ((delegate* unmanaged<nint>)context)() : 0;

    // It is loaded, and found by its name.
    private static nint Export(string name) =>
        NativeLibrary.TryLoad(Library, out nint library) && NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;
}
