using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>
/// The switches by which libtorch computes float32 convolutions and matrix products in TensorFloat32 (10 bits of mantissa) on CUDA
/// devices from compute capability 8.0. libtorch ships with the one of convolutions on. They are the process's.
/// </summary>
internal static class TensorFloat32
{
    /// <summary>The oldest compute capability, its major number, that has the format.</summary>
    public const int LeastCapability = 8;

    /// <summary>Gets or sets whether the format is allowed.</summary>
    public static bool IsAllowed
    {
        get => torch.backends.cudnn.allow_tf32 || torch.backends.cuda.matmul.allow_tf32;
        set
        {
            torch.backends.cudnn.allow_tf32 = value;
            torch.backends.cuda.matmul.allow_tf32 = value;
        }
    }

    /// <summary>Allows or forbids the format until disposed.</summary>
    public static Change Set(bool allowed)
    {
        Change change = new(IsAllowed);
        IsAllowed = allowed;
        return change;
    }

    /// <summary>What was there before.</summary>
    public readonly struct Change(bool before) : IDisposable
    {
        private readonly bool _before = before;

        /// <summary>Goes back to it.</summary>
        public void Dispose() => IsAllowed = _before;
    }
}
