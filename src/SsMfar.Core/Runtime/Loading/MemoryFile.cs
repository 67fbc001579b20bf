using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SsMfar.Runtime;

/// <summary>An anonymous file in memory (Linux <c>memfd_create</c>), which the loader reads through <c>/proc/self/fd</c>.</summary>
internal static partial class MemoryFile
{
    private const uint CloseOnExec = 1;
    private const uint Executable = 0x10;
    private const int InvalidArgument = 22;

    /// <summary>Creates a memory file that holds <paramref name="content"/>.</summary>
    /// <exception cref="IOException">The system has no memory files, or forbids executable ones.</exception>
    public static SafeFileHandle Create(string name, ReadOnlySpan<byte> content)
    {
        // Kernels before 6.3 do not know the executable flag; later ones may demand it.
        if (!TryCreate(name, CloseOnExec | Executable, out var handle, out var error) &&
            !(error == InvalidArgument && TryCreate(name, CloseOnExec, out handle, out error)))
        {
            throw new IOException($"memfd_create failed: {new Win32Exception(error).Message}");
        }

        try
        {
            RandomAccess.Write(handle, content, 0);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static bool TryCreate(string name, uint flags, [NotNullWhen(true)] out SafeFileHandle? handle, out int error)
    {
        int descriptor;
        try
        {
            descriptor = MemfdCreate(name, flags);
        }
        catch (EntryPointNotFoundException e)
        {
            throw new IOException("this C library has no memfd_create", e);
        }

        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        handle = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        return handle is not null;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemfdCreate(string name, uint flags);
}
