using System.Runtime.InteropServices;
using System.Text;

namespace SsMfar.Runtime;

/// <summary>The version of a loaded libtorch, which its files do not carry in their names; libtorch itself is asked.</summary>
internal static unsafe class LibTorchVersion
{
    // std::string at::show_config(), in the C++ ABI that TorchSharp needs. It looks at no device.
    private const string ShowConfiguration = "_ZN2at11show_configB5cxx11Ev";
    private const string Key = "TORCH_VERSION=";

    // libstdc++'s std::string: a pointer to the text, its length, and 16 bytes for short ones.
    private const int StringBytes = 32;

    /// <summary>The version as libtorch writes it, such as 2.10.0; null where it does not tell.</summary>
    /// <param name="library">The handle of libtorch_cpu.</param>
    public static string? Of(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, ShowConfiguration, out nint address))
        {
            return null;
        }

        // What the text points to is left: once in a process, and freeing it would need the C++ runtime's own function.
        byte* text = stackalloc byte[StringBytes];
        ((delegate* unmanaged<byte*, byte*>)address)(text);
        return In(Encoding.UTF8.GetString(*(byte**)text, checked((int)*(long*)(text + sizeof(nint)))));
    }

    /// <summary>The version in the text of a configuration.</summary>
    public static string? In(string configuration)
    {
        int key = configuration.IndexOf(Key, StringComparison.Ordinal);
        if (key < 0)
        {
            return null;
        }

        string rest = configuration[(key + Key.Length)..];
        int end = rest.AsSpan().IndexOfAny(",; \n");
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>Whether two versions are of one minor version, within which libtorch keeps its binary interface.</summary>
    public static bool AreAlike(string? first, string second) =>
        Version.TryParse(Numbers(first), out Version? a) && Version.TryParse(Numbers(second), out Version? b)
            && (a.Major, a.Minor) == (b.Major, b.Minor);

    // PyTorch adds what it was built for: 2.10.0+cu128, 2.11.0a0+git.
    private static string? Numbers(string? version) =>
        version is null ? null : new string([.. version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
}
