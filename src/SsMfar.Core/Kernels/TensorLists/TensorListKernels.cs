using SsMfar.Runtime;

namespace SsMfar.Kernels.TensorLists;

/// <summary>Chooses the kernels.</summary>
internal static class TensorListKernels
{
    private static readonly Lazy<ITensorListKernels> Scripted = new(() => new ScriptedKernels());

    /// <summary>
    /// Gets the fused kernels where libtorch is of the version that TorchSharp is made for. A script that another one could not compile
    /// would abort the process, so that any other gets plain tensor operations.
    /// </summary>
    public static ITensorListKernels Current =>
        TorchRuntime.Status is { IsOtherVersion: true } && !ScriptsWereTried ? PlainKernels.Instance : Scripted.Value;

    /// <summary>Gets or sets whether another process was seen to compile the script on this libtorch, whatever its version.</summary>
    public static bool ScriptsWereTried { get; set; }
}
