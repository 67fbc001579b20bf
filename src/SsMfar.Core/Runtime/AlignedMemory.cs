using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace SsMfar.Runtime;

/// <summary>Scratch memory, aligned to cache lines, that goes back to a pool instead of the system.</summary>
internal sealed unsafe class AlignedMemory : IDisposable
{
    private const int Alignment = 64;

    private static readonly ConcurrentBag<AlignedMemory> Pool = [];

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
        AlignedMemory memory = Pool.TryTake(out AlignedMemory? kept) ? kept : new();
        if (memory._capacity < length)
        {
            NativeMemory.AlignedFree(memory._start);
            memory._capacity = 0;
            memory._start = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), Alignment);
            memory._capacity = length;
        }

        return memory;
    }

    public void Dispose() => Pool.Add(this);
}
