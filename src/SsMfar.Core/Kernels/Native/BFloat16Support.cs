using System.Runtime.Intrinsics.X86;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels.Native;

/// <summary>Whether a device multiplies bfloat16 in hardware, and whether it is worth it.</summary>
internal static class BFloat16Support
{
    private const int Ampere = 8;

    /// <summary>
    /// True for CUDA devices from compute capability 8.0 and for x86 processors with AVX512-BF16 or AMX-BF16, of which libtorch makes use
    /// by oneDNN.
    /// </summary>
    public static bool IsInHardware(torch.Device device) =>
        IsInHardware(device, TorchRuntime.Status?.OneDnn ?? OneDnnPlan.CachesOfTheProcessor);

    /// <summary>The same, where libtorch convolves as it is said.</summary>
    public static bool IsInHardware(torch.Device device, OneDnnPlan plan) =>
        IsFaster(device) || (device.type == DeviceType.CPU && plan != OneDnnPlan.NotUsed && ProcessorHasIt());

    /// <summary>
    /// True for CUDA devices from compute capability 8.0. On processors the minimal filtering in float32 is faster: with AVX512-BF16 a
    /// training step in bfloat16 takes 2.4 times as long (docs/performance.md).
    /// </summary>
    public static bool IsFaster(torch.Device device) => CudaDriver.CapabilityOf(device) >= Ampere;

    private static bool ProcessorHasIt()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }

        // Intel's manual, volume 2A, CPUID leaf 7: AMX-BF16 is bit 22 of EDX in subleaf 0, AVX512_BF16 bit 5 of EAX in subleaf 1.
        (int subleaves, _, _, int features) = X86Base.CpuId(7, 0);
        return (features & (1 << 22)) != 0 || (subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0);
    }
}
