using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Fixed;

/// <summary>
/// Convolutions by their definition, without the zeros beyond the edge. Filters go through memory once for all pixels of some images, in
/// the order in which they lie, and sums stay in the cache.
/// </summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal static unsafe class DirectKernels<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    private const int Block = GatheredProducts.Columns;
    private const int Rows = GatheredProducts.Rows;

    // 64 KB of a core's cache.
    private const int MostSums = 256;

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
    /// <param name="end">What follows; its addend lies as the output does.</param>
    /// <param name="output">Receives [N, pixels of the output, O].</param>
    /// <param name="outputs">O.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void Convolve(
        ConvolutionGeometry geometry, int images, float* map, int pixel, int steps, float* filters, NativeEnd end, float* output,
        int outputs, int threads)
    {
        int pixels = geometry.OutputPixels, blocks = outputs / Block;
        int batches = Parts(images, Math.Max(1, MostSums / pixels)), together = Parts(images, batches);
        int shares = Shares(pixels, together, blocks * batches, threads);
        TapTable[] tables = TapTable.Of(geometry, together, shares);
        TapTable[] lastTables = images % together == 0 ? tables : TapTable.Of(geometry, images % together, shares);
        NativeThreads.Run(threads, blocks * batches * shares, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            using AlignedMemory memory = AlignedMemory.Rent(((nint)together * Parts(pixels, shares) + 1) * Block);
            for (int part = first; part < last; part++)
            {
                (int block, int rest) = Math.DivRem(part, batches * shares);
                (int batch, int share) = Math.DivRem(rest, shares);
                nint start = (nint)batch * together;
                int column = block * Block;
                TapTable table = (start + together <= images ? tables : lastTables)[share];
                Fill(memory.Start, table.Sums, end.Bias + column);
                Add(
                    table, geometry.Taps, map + (start * geometry.Pixels * pixel), pixel, steps,
                    filters + ((nint)column * geometry.Taps * steps), memory.Start);
                for (int i = 0; i < table.Sums / table.Pixels; i++)
                {
                    float* target = output + ((((start + i) * pixels) + table.First) * outputs) + column;
                    Write(memory.Start + ((nint)i * table.Pixels * Block), table.Pixels, end, target, outputs);
                }
            }
        });
    }

    private static int Parts(int length, int most) => (length + most - 1) / most;

    // Of one image. Fewer than there are threads only where pixels are.
    private static int Shares(int pixels, int together, int parts, int threads) =>
        together > 1 ? 1 : Math.Min(pixels, Math.Max(Parts(pixels, MostSums), Parts(threads, parts)));

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
                    GatheredProducts.Add<TFloats>(
                        new(
                            map + ((nint)source[0] * pixel), map + ((nint)source[1] * pixel), map + ((nint)source[2] * pixel),
                            map + ((nint)source[3] * pixel)),
                        filters,
                        deep,
                        new(sums + (target[0] * Block), sums + (target[1] * Block), sums + (target[2] * Block), sums + (target[3] * Block)),
                        next < end ? next : filters);
                    next += deep * GatheredProducts.Ahead;
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
    private static void Fill(float* sums, int rows, float* bias)
    {
        for (int row = 0; row < rows; row++, sums += Block)
        {
            for (int column = 0; column < Block; column += TFloats.Lanes)
            {
                TFloats.Load(bias + column).Store(sums + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write(float* sums, int rows, NativeEnd end, float* output, int outputs)
    {
        for (int row = 0; row < rows; row++, sums += Block, output += outputs)
        {
            for (int column = 0; column < Block; column += TFloats.Lanes)
            {
                end.Store(TFloats.Load(sums + column), output + column);
            }
        }
    }
}
