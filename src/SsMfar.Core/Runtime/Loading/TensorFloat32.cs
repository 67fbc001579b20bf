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

    private static readonly List<Change> Active = [];
    private static (bool Convolutions, bool Products) s_before;

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

    /// <summary>
    /// Allows or forbids the format until disposed. Of several that overlap, such as of fits on several threads, the newest holds; when the
    /// last has ended, both switches are as they were before the first.
    /// </summary>
    public static Change Set(bool allowed)
    {
        lock (Active)
        {
            if (Active.Count == 0)
            {
                s_before = (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32);
            }

            Change change = new(allowed);
            Active.Add(change);
            IsAllowed = allowed;
            return change;
        }
    }

    private static void End(Change change)
    {
        lock (Active)
        {
            if (!Active.Remove(change))
            {
                return;
            }

            if (Active.Count > 0)
            {
                IsAllowed = Active[^1].Allowed;
                return;
            }

            (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) = s_before;
        }
    }

    /// <summary>What holds for a time.</summary>
    public sealed class Change(bool allowed) : IDisposable
    {
        /// <summary>Gets whether the format is allowed meanwhile.</summary>
        public bool Allowed { get; } = allowed;

        /// <summary>Ends it.</summary>
        public void Dispose() => End(this);
    }
}
