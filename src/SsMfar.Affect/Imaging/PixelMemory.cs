using System.Runtime.InteropServices;

namespace SsMfar.Imaging;

/// <summary>
/// Memory for the pixels of one image. Native: a large array would stay in the pool of arrays, or in the collector's heap, long after the
/// image is done.
/// </summary>
internal readonly unsafe struct PixelMemory(long bytes) : IDisposable
{
    public byte* Start { get; } = (byte*)NativeMemory.Alloc((nuint)Math.Max(bytes, 1));

    public void Dispose() => NativeMemory.Free(Start);
}
