using Microsoft.Extensions.Logging;

namespace SsMfar.Runtime;

/// <summary>How <see cref="TorchRuntime.Initialize(TorchRuntimeOptions)"/> finds and loads libtorch.</summary>
public sealed class TorchRuntimeOptions
{
    /// <summary>
    /// Gets or sets a folder with another libtorch than the one shipped with the application: <c>libtorch_cpu.so</c>, <c>libc10.so</c>
    /// and <c>libtorch.so</c>, as in <c>site-packages/torch/lib</c> of a PyTorch installation (the folder above is accepted too).
    /// <see langword="null"/> takes the environment variable <c>SSMFAR_LIBTORCH</c>, and without it the application's own. Linux x64 only.
    /// </summary>
    /// <remarks>
    /// TorchSharp is compiled against one version of libtorch. A folder with another minor version, or one that lacks a symbol
    /// TorchSharp needs, is refused.
    /// </remarks>
    public string? LibTorchDirectory { get; set; }

    /// <summary>
    /// Gets or sets whether the libtorch that <see cref="LibTorchDirectory"/> or <c>SSMFAR_LIBTORCH</c> names may be of another minor
    /// version than TorchSharp is compiled against (default <see langword="false"/>). The environment variable
    /// <c>SSMFAR_LIBTORCH_OTHER_VERSION=1</c> allows it, too.
    /// </summary>
    /// <remarks>
    /// Every symbol that TorchSharp needs is looked up all the same, and a folder that lacks one is refused. That is all that can be
    /// checked: a function of the same name may have come to mean something else, so that results may be wrong or the process may end.
    /// Trust none that you have not compared. Optimizer steps use plain tensor operations in place of fused kernels then.
    /// </remarks>
    public bool AllowOtherLibTorchVersion { get; set; }

    /// <summary>
    /// Gets or sets whether the adapted copy of TorchSharp's bridge, where the host needs one, may live in a memory file (default
    /// <see langword="true"/>). With <see langword="false"/>, or where the system forbids it, a file in <see cref="CacheDirectory"/>
    /// serves.
    /// </summary>
    public bool UseMemoryFile { get; set; } = true;

    /// <summary>
    /// Gets or sets whether CUDA devices from compute capability 8.0 may compute float32 convolutions and matrix products in
    /// TensorFloat32, which keeps 10 of 23 bits of the factors. The default is <see langword="false"/>: float32 is float32. It concerns
    /// everything in the process that computes by libtorch, which by itself allows the format for convolutions. A training decides for
    /// its own steps.
    /// </summary>
    public bool AllowTensorFloat32 { get; set; }

    /// <summary>
    /// Gets or sets the private folder for the adapted copy when no memory file is used; created with access for the owner alone.
    /// <see langword="null"/> takes <c>ssmfar</c> under <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>. Where it cannot be written or forbids
    /// execution, a temporary folder that is removed at once takes its place.
    /// </summary>
    public string? CacheDirectory { get; set; }

    /// <summary>
    /// Gets or sets whether, on Linux, native memory that was freed stays with the process for the next tensors instead of going back to
    /// the system. <see langword="null"/> (default): from the first training on the CPU, which is about a tenth faster with it, and never
    /// in a process that does not train there. <see langword="true"/>: from this call on. <see langword="false"/>: never.
    /// </summary>
    /// <remarks>
    /// Resident memory then stays at its highest so far. It concerns everything in the process that uses <c>malloc</c>, and cannot be taken
    /// back: <see cref="TorchRuntime.RetainsFreedMemory"/> says whether it is on. Unlike the other options it also counts when the natives
    /// are loaded already.
    /// </remarks>
    public bool? RetainFreedMemory { get; set; }

    /// <summary>
    /// Gets or sets, on Linux, how many times a thread that computes looks for its next work before it sleeps, 0 or more. With many a
    /// thread is at once there again, and takes the time of other programs while it waits; with few those have it. <see langword="null"/>
    /// (default): 1,000, some microseconds, unless the environment has <c>GOMP_SPINCOUNT</c> or <c>OMP_WAIT_POLICY</c>. It counts for the
    /// whole process, and only when these options load libtorch.
    /// </summary>
    public int? ThreadSpins { get; set; }

    /// <summary>
    /// Gets or sets where to log which libtorch was loaded and what was adapted or switched for the whole process. The default is
    /// <see langword="null"/>. A predictor or a trainer logs the same, once, where it was told to log.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; set; }
}
