namespace SsMfar.Training;

/// <summary>
/// In what number format the backbone computes while it is trained. Weights, optimizer, losses and evaluation are float32 always.
/// </summary>
public enum TrainingPrecision
{
    /// <summary>
    /// <see cref="BFloat16"/> on CUDA devices that multiply it in hardware (from compute capability 8.0) where the backbone can. On
    /// processors with AVX512-BF16 or AMX the faster of both, which differs from one to the next: a fit of 500 steps or more, those of its
    /// course (<see cref="ScheduleOptions.Epochs"/>) where they are more, tries a few passes of its backbone in each at its start, some
    /// seconds, takes bfloat16 where it needs a tenth less time, and keeps the outcome for this machine, backbone and size in the user's
    /// cache folder, so that further fits decide alike. A fit that is resumed goes on as it was started. Everywhere else, in shorter fits
    /// and on several ranks, <see cref="Full"/>.
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
