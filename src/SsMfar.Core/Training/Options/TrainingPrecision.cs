using SsMfar.Kernels.Native;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// In what number format the backbone computes while it is trained. Weights, optimizer, losses and evaluation are float32 always.
/// </summary>
public enum TrainingPrecision
{
    /// <summary>
    /// <see cref="BFloat16"/> on CUDA devices that multiply it in hardware (from compute capability 8.0) where the backbone can, else
    /// <see cref="Full"/>: on processors float32 is the faster, even where they have AVX512-BF16.
    /// </summary>
    Auto,

    /// <summary>float32, also where a CUDA device could compute it in TensorFloat32.</summary>
    Full,

    /// <summary>
    /// Convolutions in bfloat16, from float32 weights. Slow where the hardware lacks it, as CUDA devices before compute capability 8.0
    /// do (Turing and older). float16, which those have, is not offered: its range needs losses scaled and steps skipped by what the
    /// gradients overflowed to, and nothing of that could be tried on such a device.
    /// </summary>
    BFloat16,

    /// <summary>
    /// float32 whose convolutions and matrix products, heads included, are computed in TensorFloat32 while the model is trained: a CUDA
    /// device from compute capability 8.0 is needed. The switch is the process's for as long as a step takes.
    /// </summary>
    TensorFloat32,
}

/// <summary>Settles what <see cref="TrainingPrecision.Auto"/> means.</summary>
internal static class TrainingPrecisionExtensions
{
    /// <exception cref="TrainingConfigurationException">A format was demanded of a backbone or a device that does not have it.</exception>
    public static ComputePrecision Resolve(
        this TrainingPrecision precision,
        IBackbone backbone,
        torch.Device device) => (precision, backbone) switch
    {
        (TrainingPrecision.BFloat16, not IComputePrecision) => throw new TrainingConfigurationException(
            $"{nameof(TrainingOptions.Precision)} is {precision}, and the backbone {backbone.Description} computes in its parameters' " +
                $"format only. Choose {TrainingPrecision.Auto} or {TrainingPrecision.Full}, or implement {nameof(IComputePrecision)}."),
        (TrainingPrecision.BFloat16, _) => ComputePrecision.BFloat16,
        (TrainingPrecision.TensorFloat32, _) when CudaDriver.CapabilityOf(device) < Runtime.TensorFloat32
            .LeastCapability => throw new TrainingConfigurationException(
            $"{nameof(TrainingOptions.Precision)} is {precision}, which CUDA devices from compute capability 8.0 have; the device is " +
                $"{device}. Choose {TrainingPrecision.Auto} or {TrainingPrecision.Full}."),
        (TrainingPrecision.Auto, IComputePrecision) when BFloat16Support.IsFaster(device) => ComputePrecision.BFloat16,
        _ => ComputePrecision.Full,
    };
}
