using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>The memory of devices: how much of it images may take, and how running out of it is told from other failures.</summary>
internal static class DeviceMemory
{
    // Where the driver does not say what is free. Any card that trains has this much beside a training.
    private const long UnknownShare = 1L << 30;

    /// <summary>
    /// The bytes that images may take on a device: half of what is free, so that a training has the rest. All there are on the CPU.
    /// </summary>
    public static long ShareForImages(torch.Device device) =>
        device.type == DeviceType.CPU ? long.MaxValue : ShareForImages(CudaDriver.FreeMemory(device));

    /// <inheritdoc cref="ShareForImages(torch.Device)"/>
    public static long ShareForImages(long? free) => free / 2 ?? UnknownShare;

    /// <summary>Whether an exception is libtorch's word for memory that ran out, on a device or on the host.</summary>
    public static bool IsExhausted(Exception exception) => exception is ExternalException
        && (exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || exception.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            || exception.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase));
}
