using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Fixed;

/// <summary>
/// Convolutions by their definition, without the zeros beyond the edge. Filters go through memory once for each part
/// (<see cref="ConvolutionParts"/>), in the order in which they lie, and the part's sums stay in the cache.
/// </summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal static unsafe class DirectKernels<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    private const int Block = BlockProducts.Columns;
    private const int Rows = BlockProducts.Rows;

    /// <summary>Lays filters out as they are read.</summary>
    /// <param name="weight">[O, taps, steps].</param>
    /// <param name="taps">The kernel's taps.</param>
    /// <param name="steps">Values that a tap multiplies: at most 64, or a multiple of it.</param>
    /// <param name="outputs">O, a multiple of 64.</param>
    /// <param name="filters">Receives as many: [O / 64, steps / 64, taps, 64 steps, 64 outputs].</param>
    /// <param name="threads">How many threads to use.</param>
    public static void MakeFilters(float* weight, int taps, int steps, int outputs, float* filters, int threads)
    {
        int deep = Math.Min(steps, Block);
        NativeThreads.Run(threads, outputs / Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            float* target = filters + ((nint)first * Block * taps * steps);
            for (int output = first * Block; output < last * Block; output += Block)
            {
                for (int step = 0; step < steps; step += deep)
                {
                    for (int tap = 0; tap < taps; tap++, target += deep * Block)
                    {
                        Turn(weight + ((((nint)output * taps) + tap) * steps) + step, (nint)taps * steps, deep, target);
                    }
                }
            }
        });
    }

    /// <summary>The convolution.</summary>
    /// <param name="geometry">The map and the kernel.</param>
    /// <param name="images">N.</param>
    /// <param name="map">[N, H, W] pixels.</param>
    /// <param name="pixel">From a pixel to the next.</param>
    /// <param name="steps">Adjacent values that a tap multiplies, from where its pixel begins.</param>
    /// <param name="filters">From <see cref="MakeFilters"/>.</param>
    /// <param name="epilogue">What follows; its addend lies as the output does.</param>
    /// <param name="output">Receives [N, pixels of the output, O].</param>
    /// <param name="outputs">O.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void Convolve(
        ConvolutionGeometry geometry, int images, float* map, int pixel, int steps, float* filters, NativeEpilogue epilogue, float* output,
        int outputs, int threads)
    {
        int pixels = geometry.OutputPixels;
        ConvolutionParts parts = ConvolutionParts.Of(images, pixels, outputs / Block, threads);
        TapTable[] tables = TapTable.Of(geometry, parts.Together, parts.Shares);
        TapTable[] lastTables = parts.Last == parts.Together ? tables : TapTable.Of(geometry, parts.Last, parts.Shares);
        NativeThreads.Run(threads, parts.Count, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            // One more: for the products that fill a group up.
            using AlignedMemory memory = AlignedMemory.Rent((parts.MostSums + 1) * Block);
            for (int part = first; part < last; part++)
            {
                (int block, int batch, int share) = parts.At(part);
                nint start = (nint)batch * parts.Together;
                int column = block * Block;
                TapTable table = (batch < parts.Batches - 1 ? tables : lastTables)[share];
                Fill(memory.Start, table.Sums, epilogue, column);
                Add(
                    table, geometry.Taps, map + (start * geometry.Pixels * pixel), pixel, steps,
                    filters + ((nint)column * geometry.Taps * steps), memory.Start);
                for (int i = 0; i < table.Sums / table.Pixels; i++)
                {
                    float* target = output + ((((start + i) * pixels) + table.First) * outputs) + column;
                    Write(memory.Start + ((nint)i * table.Pixels * Block), table.Pixels, epilogue, target, outputs);
                }
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(TapTable table, int taps, float* map, int pixel, int steps, float* filters, float* sums)
    {
        int deep = Math.Min(steps, Block);
        for (int step = 0; step < steps; step += deep, map += deep)
        {
            for (int tap = 0; tap < taps; tap++, filters += deep * Block)
            {
                ReadOnlySpan<int> sources = table.Sources(tap), targets = table.Targets(tap);
                float* next = filters + (deep * Block), end = next + (deep * Block);
                for (int g = 0; g < sources.Length; g += Rows)
                {
                    ReadOnlySpan<int> source = sources.Slice(g, Rows), target = targets.Slice(g, Rows);
                    BlockProducts.Multiply<TFloats>(
                        new(
                            map + ((nint)source[0] * pixel), map + ((nint)source[1] * pixel), map + ((nint)source[2] * pixel),
                            map + ((nint)source[3] * pixel)),
                        leftStep: 1,
                        filters,
                        Block,
                        deep,
                        new(sums + (target[0] * Block), sums + (target[1] * Block), sums + (target[2] * Block), sums + (target[3] * Block)),
                        add: true,
                        next < end ? next : filters);
                    next += deep * BlockProducts.Line;
                }
            }
        }
    }

    // [64, steps], rows a stride apart, as [steps, 64].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* source, nint stride, int steps, float* target)
    {
        int whole = steps / TFloats.Lanes * TFloats.Lanes;
        for (int row = 0; row < Block; row += TFloats.Lanes)
        {
            for (int step = 0; step < whole; step += TFloats.Lanes)
            {
                TFloats.Transpose(source + (row * stride) + step, stride, target + (step * Block) + row, Block);
            }
        }

        for (int step = whole; step < steps; step++)
        {
            for (int row = 0; row < Block; row++)
            {
                target[(step * Block) + row] = source[(row * stride) + step];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(float* sums, int rows, NativeEpilogue epilogue, int channel)
    {
        for (int column = 0; column < Block; column += TFloats.Lanes)
        {
            TFloats bias = epilogue.Bias<TFloats>(channel + column);
            for (int row = 0; row < rows; row++)
            {
                bias.Store(sums + (row * Block) + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write(float* sums, int rows, NativeEpilogue epilogue, float* output, int outputs)
    {
        for (int row = 0; row < rows; row++, sums += Block, output += outputs)
        {
            for (int column = 0; column < Block; column += TFloats.Lanes)
            {
                epilogue.Store(TFloats.Load(sums + column), output + column);
            }
        }
    }
}
