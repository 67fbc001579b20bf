namespace SsMfar.Runtime;

/// <summary>Chooses the kernels.</summary>
internal static class TensorListKernels
{
    private static readonly Lazy<ITensorListKernels> Scripted = new(() => new ScriptedKernels());

    /// <summary>
    /// The fused kernels where TorchSharp's own libtorch is loaded. A script that another libtorch could not compile would abort the
    /// process, so that any other gets plain tensor operations.
    /// </summary>
    public static ITensorListKernels Current => TorchRuntime.Status is { UsesExternalLibTorch: true } ? PlainKernels.Instance : Scripted.Value;
}
