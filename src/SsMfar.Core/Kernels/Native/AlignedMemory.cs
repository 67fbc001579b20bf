using System.Runtime.InteropServices;

namespace SsMfar.Kernels.Native;

/// <summary>
/// Scratch memory, aligned to cache lines, that goes back to a pool instead of the system. The pool has as many pieces as were ever in use
/// at once, and a small need does not take a large one.
/// </summary>
internal sealed unsafe class AlignedMemory : IDisposable
{
    private const int Alignment = 64;

    private static readonly Lock Guard = new();
    private static readonly List<AlignedMemory> Pool = [];

    private float* _start;
    private nint _capacity;

    private AlignedMemory()
    {
    }

    /// <summary>The first element; contents are arbitrary.</summary>
    public float* Start => _start;

    /// <summary>Takes memory from the pool; disposing gives it back.</summary>
    /// <param name="length">How many elements at least.</param>
    public static AlignedMemory Rent(nint length)
    {
        AlignedMemory memory = Take(length);
        if (memory._capacity < length)
        {
            memory.Grow(length);
        }

        return memory;
    }

    public void Dispose()
    {
        lock (Guard)
        {
            Pool.Add(this);
        }
    }

    /// <summary>The smallest piece that is large enough, else the largest, else a new one.</summary>
    private static AlignedMemory Take(nint length)
    {
        lock (Guard)
        {
            int best = -1;
            for (int i = 0; i < Pool.Count; i++)
            {
                if (best < 0 || IsBetter(Pool[i]._capacity, Pool[best]._capacity, length))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                return new();
            }

            AlignedMemory memory = Pool[best];
            Pool.RemoveAt(best);
            return memory;
        }
    }

    private static bool IsBetter(nint capacity, nint other, nint length) =>
        capacity >= length && other >= length ? capacity < other : capacity > other;

    // A little more than needed: sizes vary from step to step with the rows that have a strong view.
    private void Grow(nint length)
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
        _capacity = 0;
        nint capacity = length + (length / 8);
        _start = (float*)NativeMemory.AlignedAlloc((nuint)capacity * sizeof(float), Alignment);
        _capacity = capacity;
    }
}
