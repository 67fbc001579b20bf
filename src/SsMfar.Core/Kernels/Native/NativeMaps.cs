using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Kernels.Native;

/// <summary>Maps as our own kernels read and write them: on the CPU, without gaps, channels at the end.</summary>
internal static class NativeMaps
{
    /// <summary>As many threads as libtorch uses.</summary>
    public static int Threads => torch.get_num_threads();

    /// <summary>Whether our own kernels can read a map: float32 on the CPU, and not empty.</summary>
    public static bool CanRead(torch.Tensor map) =>
        map.device_type == DeviceType.CPU && map.dtype == torch.ScalarType.Float32 && map.numel() > 0;

    /// <summary>[N, C, H, W] as [N, H, W, C]: the same memory if it is channels-last, else a copy.</summary>
    public static torch.Tensor ChannelsAtEnd(torch.Tensor map) => map.permute(0, 2, 3, 1).contiguous();

    /// <summary>[N, H, W, C] as [N, C, H, W], channels-last.</summary>
    public static torch.Tensor ChannelsFirst(torch.Tensor map) => map.permute(0, 3, 1, 2);

    /// <summary>
    /// The first value, valid as long as the tensor: which must be in a dispose scope, or otherwise referred to, until the last use.
    /// </summary>
    /// <param name="values">float32, without gaps.</param>
    public static unsafe float* Address(torch.Tensor values)
    {
        if (values.numel() <= int.MaxValue / sizeof(float))
        {
            return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(values.bytes));
        }

        // No span reaches beyond 2 GB; the first value's does.
        using torch.Tensor all = values.view(-1), first = all.narrow(0, 0, 1);
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
