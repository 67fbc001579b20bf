using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>What TorchSharp does not tell of a CUDA device; the driver does. Without a driver nothing is known.</summary>
internal static partial class CudaDriver
{
    private const string Library = "libcuda.so.1";
    private const int ComputeCapabilityMajor = 75;

    /// <summary>The major number of a device's compute capability: 7 on Volta and Turing, 8 from Ampere; 0 where it is not known.</summary>
    public static int CapabilityOf(torch.Device device) => device.type == DeviceType.CUDA
        ? Ask(() => DeviceAttribute(out int major, ComputeCapabilityMajor, Index(device)) == 0 ? major : 0)
        : 0;

    /// <summary>The bytes of a device's memory that nobody uses, other processes included; null where they are not known.</summary>
    public static long? FreeMemory(torch.Device device) => device.type == DeviceType.CUDA ? Ask(() => FreeMemoryOf(Index(device))) : null;

    private static int Index(torch.Device device) => Math.Max(device.index, 0);

    private static T? Ask<T>(Func<T> question)
    {
        try
        {
            return OperatingSystem.IsLinux() ? question() : default;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return default;
        }
    }

    // In the device's primary context, which is libtorch's.
    private static long? FreeMemoryOf(int index)
    {
        if (Init(0) != 0 || DeviceGet(out int device, index) != 0 || PrimaryContextRetain(out nint context, device) != 0)
        {
            return null;
        }

        try
        {
            if (ContextPush(context) != 0)
            {
                return null;
            }

            long? bytes = MemoryInfo(out nuint free, out _) == 0 ? (long)free : null;
            _ = ContextPop(out _);
            return bytes;
        }
        finally
        {
            _ = PrimaryContextRelease(device);
        }
    }

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    private static partial int DeviceAttribute(out int value, int attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(out int device, int index);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int PrimaryContextRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int PrimaryContextRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxPushCurrent_v2")]
    private static partial int ContextPush(nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxPopCurrent_v2")]
    private static partial int ContextPop(out nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int MemoryInfo(out nuint free, out nuint total);
}
