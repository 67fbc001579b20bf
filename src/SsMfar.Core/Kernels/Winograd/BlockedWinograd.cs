using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// The 3×3 convolution of stride 1 and padding 1 by minimal filtering F(4×4, 3×3): 36 products for 16 outputs where the definition takes
/// 144. Tiles are worked through in blocks that stay in a core's cache from the first transform to the last; doing a transform of the
/// whole map first would cost more in memory traffic than the products save.
/// </summary>
/// <remarks>Maps are float32 [N, H, W, channels] without gaps; channels are multiples of 64.</remarks>
internal static unsafe class BlockedWinograd<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    private const int ChannelBlock = BlockProducts.Columns;
    private const int Skew = Tile.Skew;

    // Elements of a block's frequencies, and what is kept of a filter panel in the first-level cache.
    private const int BlockElements = 200_000;
    private const int FewestTiles = 48;
    private const int StepBlock = 128;

    // Each thread has sums of its own: 256 MB of them at most, with fewer threads where they are large.
    private const nint MostSums = 64 << 20;

    private const int Frequencies = Tile.Frequencies;

    /// <summary>How many elements transformed filters have.</summary>
    public static nint FilterElements(int inputs, int outputs) => Frequencies * FilterStride(inputs, outputs);

    /// <summary>Filters for <see cref="Convolve"/>.</summary>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="filters">Receives them: [36, O / 64, I, 64], frequencies <see cref="FilterElements"/> / 36 apart.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void TransformFilters(float* weight, int inputs, int outputs, float* filters, int threads) =>
        TransformFilters(
            inputs,
            outputs,
            filters,
            threads,
            (inner, outer, taps) => FilterTaps<TFloats>.Read(weight, inputs, inner, outer, taps));

    /// <summary>
    /// Filters for <see cref="Convolve"/> from an output's gradient to the input's: turned by 180 degrees, inputs and outputs exchanged.
    /// </summary>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="filters">Receives them: [36, I / 64, O, 64], likewise.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void TransformTurnedFilters(float* weight, int inputs, int outputs, float* filters, int threads) =>
        TransformFilters(
            outputs,
            inputs,
            filters,
            threads,
            (inner, outer, taps) => FilterTaps<TFloats>.ReadTurned(weight, inputs, inner, outer, taps));

    /// <summary>The convolution.</summary>
    /// <param name="grid">The maps' size and tiles.</param>
    /// <param name="input">[N, H, W, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="filters">As transformed.</param>
    /// <param name="epilogue">What follows.</param>
    /// <param name="output">Receives [N, H, W, O].</param>
    /// <param name="outputs">O.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void Convolve(
        TileGrid grid,
        float* input,
        int inputs,
        float* filters,
        NativeEpilogue epilogue,
        float* output,
        int outputs,
        int threads) =>
        NativeThreads.Run(threads, grid.Count, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            int block = BlockSize(last - first, inputs);
            (nint inputStride, nint outputStride) = (((nint)block * inputs) + Skew, ((nint)block * outputs) + Skew);
            int widest = Math.Max(inputs, outputs);
            using AlignedMemory memory = AlignedMemory.Rent(
                TileWorkspace<TFloats>.Elements(widest) + (Frequencies * (inputStride + outputStride)));
            TileWorkspace<TFloats> workspace = new(memory.Start, widest);
            float* tiles = memory.Start + TileWorkspace<TFloats>.Elements(widest), products = tiles + (Frequencies * inputStride);
            for (int start = first; start < last; start += block)
            {
                int count = Math.Min(block, last - start);
                for (int i = 0; i < count; i++)
                {
                    workspace.Input(grid, start + i, input, inputs, tiles + ((nint)i * inputs), inputStride, ChannelBlock);
                }

                for (int f = 0; f < Frequencies; f++)
                {
                    Multiply(
                        tiles + (f * inputStride), inputs, filters + (f * FilterStride(inputs, outputs)), products +
                            (f * outputStride), outputs, count);
                }

                for (int i = 0; i < count; i++)
                {
                    workspace.Output(grid, start + i, products + ((nint)i * outputs), outputStride, epilogue, output, outputs, 0, outputs);
                }
            }
        });

    /// <summary>The gradient of the weights.</summary>
    /// <param name="grid">The maps' size and tiles.</param>
    /// <param name="input">[N, H, W, I]: what was convolved.</param>
    /// <param name="inputs">I.</param>
    /// <param name="gradient">[N, H, W, O]: the output's gradient.</param>
    /// <param name="outputs">O.</param>
    /// <param name="weightGradient">Receives [O, 3, 3, I].</param>
    /// <param name="threads">How many threads to use.</param>
    public static void WeightGradient(
        TileGrid grid, float* input, int inputs, float* gradient, int outputs, float* weightGradient, int threads)
    {
        nint stride = FilterStride(inputs, outputs);
        int parts = NativeThreads.Parts((int)Math.Clamp(MostSums / (Frequencies * stride), 1, threads), grid.Count);
        using AlignedMemory sums = AlignedMemory.Rent(parts * Frequencies * stride);
        float* all = sums.Start;
        NativeThreads.Run(parts, parts, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (part, end) =>
        {
            for (; part < end; part++)
            {
                (int first, int last) = NativeThreads.Share(part, parts, grid.Count);
                AddProducts(grid, input, inputs, gradient, outputs, all + (part * Frequencies * stride), stride, first, last);
            }
        });
        NativeThreads.Run(threads, outputs, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            using AlignedMemory memory = AlignedMemory.Rent(2 * Tile.ScratchElements);
            float* total = memory.Start, scratch = total + Tile.ScratchElements;
            for (int output = first; output < last; output++)
            {
                for (int at = 0; at < inputs; at += TFloats.Lanes)
                {
                    for (int f = 0; f < Frequencies; f++)
                    {
                        float* source = all + (f * stride) + ((nint)output * inputs) + at;
                        TFloats sum = TFloats.Load(source);
                        for (int part = 1; part < parts; part++)
                        {
                            sum += TFloats.Load(source + (part * Frequencies * stride));
                        }

                        sum.Store(total + (f * TFloats.Lanes));
                    }

                    TileTransforms<TFloats>.FilterGradient(
                        total, TFloats.Lanes, weightGradient + ((nint)output * FilterTaps<TFloats>.Count * inputs) + at, inputs, scratch);
                }
            }
        });
    }

    private static void TransformFilters(int inner, int outer, float* filters, int threads, TapReader read)
    {
        nint stride = FilterStride(inner, outer);
        NativeThreads.Run(threads, outer / TFloats.Lanes, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            using AlignedMemory memory = AlignedMemory.Rent(FilterTaps<TFloats>.Elements + Tile.ScratchElements);
            float* taps = memory.Start, scratch = taps + FilterTaps<TFloats>.Elements;
            for (int channel = first * TFloats.Lanes; channel < last * TFloats.Lanes; channel += TFloats.Lanes)
            {
                (int panel, int column) = Math.DivRem(channel, ChannelBlock);
                for (int start = 0; start < inner; start += TFloats.Lanes)
                {
                    read(start, channel, taps);
                    for (int i = 0; i < TFloats.Lanes; i++)
                    {
                        float* target = filters + ((((nint)panel * inner) + start + i) * ChannelBlock) + column;
                        TileTransforms<TFloats>.Filter(taps + (i * FilterTaps<TFloats>.InnerStride), target, stride, scratch);
                    }
                }
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(
        TileGrid grid, float* input, int inputs, float* gradient, int outputs, float* sums, nint sumStride, int first, int last)
    {
        int block = BlockSize(last - first, Math.Max(inputs, outputs));
        (nint inputStride, nint outputStride) = (((nint)block * inputs) + Skew, ((nint)block * outputs) + Skew);
        int widest = Math.Max(inputs, outputs);
        using AlignedMemory memory = AlignedMemory.Rent(
                TileWorkspace<TFloats>.Elements(widest) + (Frequencies * (inputStride + outputStride)));
        TileWorkspace<TFloats> workspace = new(memory.Start, widest);
        float* tiles = memory.Start + TileWorkspace<TFloats>.Elements(widest), gradients = tiles + (Frequencies * inputStride);
        for (int start = first; start < last; start += block)
        {
            int count = Math.Min(block, last - start);
            for (int i = 0; i < count; i++)
            {
                workspace.Input(grid, start + i, input, inputs, tiles + ((nint)i * inputs), inputStride, ChannelBlock);
                workspace.Gradient(grid, start + i, gradient, outputs, gradients + ((nint)i * outputs), outputStride, ChannelBlock);
            }

            for (int f = 0; f < Frequencies; f++)
            {
                float* left = gradients + (f * outputStride), right = tiles + (f * inputStride), result = sums + (f * sumStride);
                for (int column = 0; column < inputs; column += ChannelBlock)
                {
                    for (int row = 0; row < outputs; row += BlockProducts.Rows)
                    {
                        BlockProducts.Multiply<TFloats>(
                            left + row, 1, outputs, right + column, inputs, count, result + ((nint)row * inputs) +
                                column, inputs, add: start > first);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* left, int steps, float* panels, float* result, int columns, int rows)
    {
        for (int column = 0; column < columns; column += ChannelBlock)
        {
            float* panel = panels + ((nint)column * steps);
            for (int step = 0; step < steps; step += StepBlock)
            {
                int count = Math.Min(StepBlock, steps - step);
                for (int row = 0; row < rows; row += BlockProducts.Rows)
                {
                    BlockProducts.Multiply<TFloats>(
                        left + ((nint)row * steps) + step, steps, 1, panel + (step * ChannelBlock),
                            ChannelBlock, count,
                        result + ((nint)row * columns) + column, columns, add: step > 0);
                }
            }
        }
    }

    // A multiple of the row block: rows beyond the last tile are computed from whatever is there, and not read.
    private static int BlockSize(int tiles, int channels)
    {
        int fitting = Math.Max(FewestTiles, BlockElements / (Frequencies * channels));
        return (Math.Min(tiles, fitting) + BlockProducts.Rows - 1) / BlockProducts.Rows * BlockProducts.Rows;
    }

    private static nint FilterStride(int inputs, int outputs) => ((nint)inputs * outputs) + Skew;
}
