using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>In what number format the backbone computes while it is trained. Weights, optimizer, heads, losses and evaluation are float32 always.</summary>
public enum TrainingPrecision
{
    /// <summary>
    /// <see cref="BFloat16"/> on CUDA devices that multiply it in hardware (from compute capability 8.0) where the backbone can, else
    /// <see cref="Full"/>: on processors float32 is the faster, even where they have AVX512-BF16.
    /// </summary>
    Auto,

    /// <summary>float32.</summary>
    Full,

    /// <summary>Convolutions in bfloat16, from float32 weights. Slow where the hardware lacks it.</summary>
    BFloat16,
}

/// <summary>Settles what <see cref="TrainingPrecision.Auto"/> means.</summary>
internal static class TrainingPrecisionExtensions
{
    /// <exception cref="TrainingConfigurationException">bfloat16 was demanded of a backbone that cannot.</exception>
    public static ComputePrecision Resolve(this TrainingPrecision precision, IBackbone backbone, torch.Device device) => (precision, backbone) switch
    {
        (TrainingPrecision.BFloat16, not IComputePrecision) => throw new TrainingConfigurationException(
            $"{nameof(TrainingOptions.Precision)} is {precision}, and the backbone {backbone.Description} computes in its parameters' format only. Choose {TrainingPrecision.Auto} or {TrainingPrecision.Full}, or implement {nameof(IComputePrecision)}."),
        (TrainingPrecision.BFloat16, _) => ComputePrecision.BFloat16,
        (TrainingPrecision.Auto, IComputePrecision) when BFloat16Support.IsFaster(device) => ComputePrecision.BFloat16,
        _ => ComputePrecision.Full,
    };
}
