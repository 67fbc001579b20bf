using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// The passes of <see cref="BlockedWinograd{TFloats}"/> where channels are many and tiles few: transformed filters would be larger than the
/// maps and go through memory twice. Here tiles are transformed first, and filters a block of 64×64 channels at a time, used while they lie
/// in the cache and never stored.
/// </summary>
internal static unsafe class WideWinograd<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    private const int Block = BlockProducts.Columns;
    private const int Frequencies = Tile.Frequencies;
    private const int FewestChannels = 256;
    private const int MostTiles = 512;

    // Frequencies of a block of filters, skewed so that they do not share a few sets of the caches.
    private const nint BlockStride = (Block * Block) + Tile.Skew;

    /// <summary>Whether the maps are better off here.</summary>
    public static bool Suits(TileGrid grid, int inputs, int outputs) =>
        Math.Min(inputs, outputs) >= FewestChannels && grid.Count <= MostTiles;

    /// <summary>The convolution.</summary>
    /// <param name="grid">The maps' size and tiles.</param>
    /// <param name="input">[N, H, W, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="output">Receives [N, H, W, O].</param>
    /// <param name="outputs">O.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void Convolve(TileGrid grid, float* input, int inputs, float* weight, float* output, int outputs, int threads) =>
        Convolve(
            grid,
            input,
            inputs,
            output,
            outputs,
            threads,
            (inner, outer, taps) => FilterTaps<TFloats>.Read(weight, inputs, inner, outer, taps));

    /// <summary>The gradient of the input.</summary>
    /// <param name="grid">The maps' size and tiles.</param>
    /// <param name="gradient">[N, H, W, O]: the output's.</param>
    /// <param name="outputs">O.</param>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="inputGradient">Receives [N, H, W, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void InputGradient(
        TileGrid grid,
        float* gradient,
        int outputs,
        float* weight,
        float* inputGradient,
        int inputs,
        int threads) =>
        Convolve(
            grid,
            gradient,
            outputs,
            inputGradient,
            inputs,
            threads,
            (inner, outer, taps) => FilterTaps<TFloats>.ReadTurned(weight, inputs, inner, outer, taps));

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
        int rows = Padded(grid.Count);
        (nint inputStride, nint outputStride, nint panel) = (Stride(rows, inputs), Stride(rows, outputs), (nint)rows * Block);
        using AlignedMemory memory = AlignedMemory.Rent(Frequencies * (inputStride + outputStride));
        float* tiles = memory.Start, gradients = tiles + (Frequencies * inputStride);
        NativeThreads.Run(threads, grid.Count, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            int widest = Math.Max(inputs, outputs);
            using AlignedMemory scratch = AlignedMemory.Rent(TileWorkspace<TFloats>.Elements(widest));
            TileWorkspace<TFloats> workspace = new(scratch.Start, widest);
            for (int tile = first; tile < last; tile++)
            {
                workspace.Input(grid, tile, input, inputs, tiles + ((nint)tile * Block), inputStride, panel);
                workspace.Gradient(grid, tile, gradient, outputs, gradients + ((nint)tile * Block), outputStride, panel);
            }
        });
        NativeThreads.Run(threads, outputs / Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            using AlignedMemory scratch = AlignedMemory.Rent(Tile.ScratchElements + (Frequencies * BlockStride));
            float* products = scratch.Start + Tile.ScratchElements;
            for (int output = first; output < last; output++)
            {
                for (int column = 0; column < inputs / Block; column++)
                {
                    for (int f = 0; f < Frequencies; f++)
                    {
                        float* left = gradients + (f * outputStride) + (output * panel), right = tiles + (f * inputStride) +
                            (column * panel);
                        for (int row = 0; row < Block; row += BlockProducts.Rows)
                        {
                            BlockProducts.Multiply<TFloats>(
                                left + row, 1, Block, right, Block, grid.Count, products + (f * BlockStride) +
                                    (row * Block), Block, add: false);
                        }
                    }

                    for (int row = 0; row < Block; row++)
                    {
                        float* target =
                            weightGradient + (((nint)(output * Block) + row) * FilterTaps<TFloats>.Count * inputs) + (column * Block);
                        for (int at = 0; at < Block; at += TFloats.Lanes)
                        {
                            TileTransforms<TFloats>.FilterGradient(
                                products + (row * Block) + at, BlockStride, target + at, inputs, scratch.Start);
                        }
                    }
                }
            }
        });
    }

    private static void Convolve(TileGrid grid, float* input, int inputs, float* output, int outputs, int threads, TapReader read)
    {
        int rows = Padded(grid.Count);
        (nint inputStride, nint panel) = (Stride(rows, inputs), (nint)rows * Block);
        using AlignedMemory memory = AlignedMemory.Rent(Frequencies * inputStride);
        float* tiles = memory.Start;
        NativeThreads.Run(threads, grid.Count, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            using AlignedMemory scratch = AlignedMemory.Rent(TileWorkspace<TFloats>.Elements(inputs));
            TileWorkspace<TFloats> workspace = new(scratch.Start, inputs);
            for (int tile = first; tile < last; tile++)
            {
                workspace.Input(grid, tile, input, inputs, tiles + ((nint)tile * Block), inputStride, panel);
            }
        });
        NativeThreads.Run(threads, outputs / Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            nint productStride = panel + Tile.Skew;
            using AlignedMemory scratch = AlignedMemory.Rent(
                TileWorkspace<TFloats>.Elements(Block) + FilterTaps<TFloats>.Elements + (Frequencies * (BlockStride + productStride)));
            TileWorkspace<TFloats> workspace = new(scratch.Start, Block);
            float* taps = scratch.Start + TileWorkspace<TFloats>.Elements(Block);
            float* filters = taps + FilterTaps<TFloats>.Elements, products = filters + (Frequencies * BlockStride);
            for (int output0 = first * Block; output0 < last * Block; output0 += Block)
            {
                for (int input0 = 0; input0 < inputs; input0 += Block)
                {
                    TransformBlock(input0, output0, read, taps, filters, workspace.Scratch);

                    for (int f = 0; f < Frequencies; f++)
                    {
                        float* left = tiles + (f * inputStride) + (input0 / Block * panel);
                        for (int row = 0; row < rows; row += BlockProducts.Rows)
                        {
                            BlockProducts.Multiply<TFloats>(
                                left + ((nint)row * Block), Block, 1, filters + (f * BlockStride), Block, Block,
                                products + (f * productStride) + ((nint)row * Block), Block, add: input0 > 0);
                        }
                    }
                }

                for (int tile = 0; tile < grid.Count; tile++)
                {
                    workspace.Output(grid, tile, products + ((nint)tile * Block), productStride, default, output, outputs, output0, Block);
                }
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformBlock(int inner0, int outer0, TapReader read, float* taps, float* filters, float* scratch)
    {
        for (int inner = 0; inner < Block; inner += TFloats.Lanes)
        {
            for (int outer = 0; outer < Block; outer += TFloats.Lanes)
            {
                read(inner0 + inner, outer0 + outer, taps);
                for (int i = 0; i < TFloats.Lanes; i++)
                {
                    TileTransforms<TFloats>.Filter(
                        taps + (i * FilterTaps<TFloats>.InnerStride),
                        filters + ((inner + i) * Block) + outer,
                        BlockStride,
                        scratch);
                }
            }
        }
    }

    // Rows beyond the last tile are computed from whatever is there, and not read.
    private static int Padded(int tiles) => (tiles + BlockProducts.Rows - 1) / BlockProducts.Rows * BlockProducts.Rows;

    private static nint Stride(int rows, int channels) => ((nint)rows * channels) + Tile.Skew;
}
