using System.Collections.Concurrent;

namespace SsMfar.Onnx;

/// <summary>
/// Buffers kept for the next calls, as many as calls have processors: what a burst of more needed is freed. Safe for many threads.
/// </summary>
internal sealed class OnnxBufferPool : IDisposable
{
    private readonly ConcurrentBag<OnnxBuffers> _buffers = [];
    private int _count;

    /// <summary>Gets how many are kept at most.</summary>
    public static int Most => Environment.ProcessorCount;

    /// <summary>Gets how many are kept.</summary>
    public int Count => _buffers.Count;

    /// <summary>Takes buffers for a number of images; frees what was kept for another.</summary>
    /// <returns>The caller's, or null.</returns>
    public OnnxBuffers? Take(int images)
    {
        if (!_buffers.TryTake(out OnnxBuffers? kept))
        {
            return null;
        }

        Interlocked.Decrement(ref _count);
        if (kept.Count == images)
        {
            return kept;
        }

        kept.Dispose();
        return null;
    }

    /// <summary>Keeps buffers, or frees them.</summary>
    public void Return(OnnxBuffers buffers)
    {
        if (Interlocked.Increment(ref _count) <= Most)
        {
            _buffers.Add(buffers);
        }
        else
        {
            Interlocked.Decrement(ref _count);
            buffers.Dispose();
        }
    }

    /// <summary>Frees what is kept.</summary>
    public void Dispose()
    {
        foreach (OnnxBuffers buffers in _buffers)
        {
            buffers.Dispose();
        }
    }
}
