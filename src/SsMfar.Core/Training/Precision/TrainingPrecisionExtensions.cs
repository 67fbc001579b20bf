using SsMfar.Kernels.Native;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Settles what <see cref="TrainingPrecision"/> means for a backbone on a device.</summary>
internal static class TrainingPrecisionExtensions
{
    /// <summary>The format that was demanded; of <see cref="TrainingPrecision.Auto"/> what is known without a trial.</summary>
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
