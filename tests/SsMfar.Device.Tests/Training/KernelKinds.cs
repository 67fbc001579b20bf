using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;

namespace SsMfar.Tests.Training;

/// <summary>
/// The kernels that a run can try. A libtorch of another version than TorchSharp's, which may not compile the fused ones' script, has the
/// plain ones alone, unless another process was seen to compile it.
/// </summary>
internal static class KernelKinds
{
    /// <summary>true for fused kernels, false for plain ones.</summary>
    public static bool[] Fused => TensorListKernels.Current is PlainKernels ? [false] : [true, false];

    public static ITensorListKernels Of(bool fused) => fused ? TensorListKernels.Current : PlainKernels.Instance;
}
