using System.Runtime.Intrinsics;
using SsMfar.Runtime;

namespace SsMfar.Models.Winograd;

/// <summary>
/// The 3×3 convolution of stride 1 and padding 1 by minimal filtering F(4×4, 3×3): 36 products for 16 outputs where the definition takes
/// 144. Tiles are worked through in blocks that stay in a core's cache from the first transform to the last; doing a transform of the
/// whole map first would cost more in memory traffic than the products save.
/// </summary>
/// <remarks>Maps are float32 [N, H, W, channels] without gaps; channels are multiples of 64.</remarks>
internal static unsafe class BlockedWinograd
{
    /// <summary>Channels must be a multiple of this.</summary>
    internal const int ChannelBlock = TileProducts.ColumnBlock;

    // Skews frequencies in the caches, which they would otherwise share the same few sets of.
    private const int Skew = TileTransforms.Lanes;

    // Elements of a block's frequencies, and what is kept of a filter panel in the first-level cache.
    private const int BlockElements = 200_000;
    private const int FewestTiles = 48;
    private const int StepBlock = 128;

    private const int Frequencies = TileTransforms.Frequencies;

    /// <summary>Whether this processor has the vectors that the blocks are made for.</summary>
    internal static bool IsSupported => Vector512.IsHardwareAccelerated;

    /// <summary>How many elements transformed filters have.</summary>
    internal static nint FilterElements(int inputs, int outputs) => Frequencies * FilterStride(inputs, outputs);

    /// <summary>Filters for <see cref="Convolve"/>.</summary>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="filters">Receives them: [36, O / 64, I, 64], frequencies <see cref="FilterElements"/> / 36 apart.</param>
    /// <param name="threads">How many threads to use.</param>
    internal static void TransformFilters(float* weight, int inputs, int outputs, float* filters, int threads)
    {
        nint stride = FilterStride(inputs, outputs);
        NativeThreads.Run(threads, outputs / TileTransforms.Lanes, (first, last) =>
        {
            using AlignedMemory memory = AlignedMemory.Rent((9 + Frequencies) * TileTransforms.Lanes);
            float* taps = memory.Start, scratch = taps + (9 * TileTransforms.Lanes);
            for (int output = first * TileTransforms.Lanes; output < last * TileTransforms.Lanes; output += TileTransforms.Lanes)
            {
                (int panel, int column) = Math.DivRem(output, ChannelBlock);
                for (int input = 0; input < inputs; input++)
                {
                    for (int tap = 0; tap < 9; tap++)
                    {
                        for (int lane = 0; lane < TileTransforms.Lanes; lane++)
                        {
                            taps[(tap * TileTransforms.Lanes) + lane] = weight[((((nint)(output + lane) * 9) + tap) * inputs) + input];
                        }
                    }

                    float* target = filters + ((((nint)panel * inputs) + input) * ChannelBlock) + column;
                    TileTransforms.Filter(taps, target, stride, scratch);
                }
            }
        });
    }

    /// <summary>Filters for <see cref="Convolve"/> from an output's gradient to the input's: turned by 180 degrees, inputs and outputs exchanged.</summary>
    /// <param name="weight">[O, 3, 3, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="outputs">O.</param>
    /// <param name="filters">Receives them: [36, I / 64, O, 64], likewise.</param>
    /// <param name="threads">How many threads to use.</param>
    internal static void TransformTurnedFilters(float* weight, int inputs, int outputs, float* filters, int threads)
    {
        nint stride = FilterStride(inputs, outputs);
        NativeThreads.Run(threads, outputs, (first, last) =>
        {
            using AlignedMemory memory = AlignedMemory.Rent((9 + Frequencies) * TileTransforms.Lanes);
            float* taps = memory.Start, scratch = taps + (9 * TileTransforms.Lanes);
            for (int output = first; output < last; output++)
            {
                for (int input = 0; input < inputs; input += TileTransforms.Lanes)
                {
                    for (int tap = 0; tap < 9; tap++)
                    {
                        Vector512.Load(weight + ((((nint)output * 9) + (8 - tap)) * inputs) + input).Store(taps + (tap * TileTransforms.Lanes));
                    }

                    (int panel, int column) = Math.DivRem(input, ChannelBlock);
                    float* target = filters + ((((nint)panel * outputs) + output) * ChannelBlock) + column;
                    TileTransforms.Filter(taps, target, stride, scratch);
                }
            }
        });
    }

    /// <summary>The convolution.</summary>
    /// <param name="grid">The maps' size and tiles.</param>
    /// <param name="input">[N, H, W, I].</param>
    /// <param name="inputs">I.</param>
    /// <param name="filters">As transformed.</param>
    /// <param name="bias">[O], or null.</param>
    /// <param name="output">Receives [N, H, W, O].</param>
    /// <param name="outputs">O.</param>
    /// <param name="threads">How many threads to use.</param>
    internal static void Convolve(TileGrid grid, float* input, int inputs, float* filters, float* bias, float* output, int outputs, int threads) =>
        NativeThreads.Run(threads, grid.Count, (first, last) =>
        {
            int block = BlockSize(last - first, inputs);
            (nint inputStride, nint outputStride) = (((nint)block * inputs) + Skew, ((nint)block * outputs) + Skew);
            int widest = Math.Max(inputs, outputs);
            using AlignedMemory memory = AlignedMemory.Rent(Scratch(widest) + (Frequencies * (inputStride + outputStride)));
            Workspace workspace = new(memory.Start, widest);
            float* tiles = memory.Start + Scratch(widest), products = tiles + (Frequencies * inputStride);
            for (int start = first; start < last; start += block)
            {
                int count = Math.Min(block, last - start);
                for (int i = 0; i < count; i++)
                {
                    workspace.Input(grid, start + i, input, inputs, tiles + ((nint)i * inputs), inputStride);
                }

                for (int f = 0; f < Frequencies; f++)
                {
                    Multiply(
                        tiles + (f * inputStride), inputs, filters + (f * FilterStride(inputs, outputs)), products + (f * outputStride), outputs, count);
                }

                for (int i = 0; i < count; i++)
                {
                    workspace.Output(grid, start + i, products + ((nint)i * outputs), outputStride, bias, output, outputs);
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
    internal static void WeightGradient(
        TileGrid grid, float* input, int inputs, float* gradient, int outputs, float* weightGradient, int threads)
    {
        int parts = NativeThreads.Parts(threads, grid.Count);
        nint stride = FilterStride(inputs, outputs);
        using AlignedMemory sums = AlignedMemory.Rent(parts * Frequencies * stride);
        float* all = sums.Start;
        NativeThreads.Run(parts, parts, (part, end) =>
        {
            for (; part < end; part++)
            {
                (int first, int last) = NativeThreads.Share(part, parts, grid.Count);
                AddProducts(grid, input, inputs, gradient, outputs, all + (part * Frequencies * stride), stride, first, last);
            }
        });
        NativeThreads.Run(parts, outputs, (first, last) =>
        {
            using AlignedMemory memory = AlignedMemory.Rent(2 * Frequencies * TileTransforms.Lanes);
            float* total = memory.Start, scratch = total + (Frequencies * TileTransforms.Lanes);
            for (int output = first; output < last; output++)
            {
                for (int at = 0; at < inputs; at += TileTransforms.Lanes)
                {
                    for (int f = 0; f < Frequencies; f++)
                    {
                        float* source = all + (f * stride) + ((nint)output * inputs) + at;
                        Vector512<float> sum = Vector512.Load(source);
                        for (int part = 1; part < parts; part++)
                        {
                            sum += Vector512.Load(source + (part * Frequencies * stride));
                        }

                        sum.Store(total + (f * TileTransforms.Lanes));
                    }

                    TileTransforms.FilterGradient(
                        total, TileTransforms.Lanes, weightGradient + ((nint)output * 9 * inputs) + at, inputs, scratch);
                }
            }
        });
    }

    private static void AddProducts(
        TileGrid grid, float* input, int inputs, float* gradient, int outputs, float* sums, nint sumStride, int first, int last)
    {
        int block = BlockSize(last - first, Math.Max(inputs, outputs));
        (nint inputStride, nint outputStride) = (((nint)block * inputs) + Skew, ((nint)block * outputs) + Skew);
        int widest = Math.Max(inputs, outputs);
        using AlignedMemory memory = AlignedMemory.Rent(Scratch(widest) + (Frequencies * (inputStride + outputStride)));
        Workspace workspace = new(memory.Start, widest);
        float* tiles = memory.Start + Scratch(widest), gradients = tiles + (Frequencies * inputStride);
        for (int start = first; start < last; start += block)
        {
            int count = Math.Min(block, last - start);
            for (int i = 0; i < count; i++)
            {
                workspace.Input(grid, start + i, input, inputs, tiles + ((nint)i * inputs), inputStride);
                workspace.Gradient(grid, start + i, gradient, outputs, gradients + ((nint)i * outputs), outputStride);
            }

            for (int f = 0; f < Frequencies; f++)
            {
                float* left = gradients + (f * outputStride), right = tiles + (f * inputStride), result = sums + (f * sumStride);
                for (int column = 0; column < inputs; column += TileProducts.ColumnBlock)
                {
                    for (int row = 0; row < outputs; row += TileProducts.RowBlock)
                    {
                        TileProducts.MultiplyBlock(
                            left + row, 1, outputs, right + column, inputs, count, result + ((nint)row * inputs) + column, inputs, add: start > first);
                    }
                }
            }
        }
    }

    private static void Multiply(float* left, int steps, float* panels, float* result, int columns, int rows)
    {
        for (int column = 0; column < columns; column += TileProducts.ColumnBlock)
        {
            float* panel = panels + ((nint)column * steps);
            for (int step = 0; step < steps; step += StepBlock)
            {
                int count = Math.Min(StepBlock, steps - step);
                for (int row = 0; row < rows; row += TileProducts.RowBlock)
                {
                    TileProducts.MultiplyBlock(
                        left + ((nint)row * steps) + step, steps, 1, panel + (step * TileProducts.ColumnBlock), TileProducts.ColumnBlock, count,
                        result + ((nint)row * columns) + column, columns, add: step > 0);
                }
            }
        }
    }

    // A multiple of the row block: rows beyond the last tile are computed from whatever is there, and not read.
    private static int BlockSize(int tiles, int channels)
    {
        int fitting = Math.Max(FewestTiles, BlockElements / (Frequencies * channels));
        return (Math.Min(tiles, fitting) + TileProducts.RowBlock - 1) / TileProducts.RowBlock * TileProducts.RowBlock;
    }

    private static nint FilterStride(int inputs, int outputs) => ((nint)inputs * outputs) + Skew;

    private static nint Scratch(int channels) => (Frequencies * TileTransforms.Lanes) + channels + (2 * Frequencies);

    /// <summary>A thread's scratch: 36 vectors, zeros for what lies beyond the edge, a tile's addresses.</summary>
    private readonly ref struct Workspace
    {
        private readonly float* _scratch;
        private readonly float* _zeros;
        private readonly float** _addresses;

        public Workspace(float* memory, int channels)
        {
            _scratch = memory;
            _zeros = memory + (Frequencies * TileTransforms.Lanes);
            new Span<float>(_zeros, channels).Clear();
            _addresses = (float**)(_zeros + channels);
        }

        public void Input(TileGrid grid, int tile, float* map, int channels, float* target, nint stride)
        {
            grid.Inputs(tile, map, channels, _zeros, _addresses);
            for (int channel = 0; channel < channels; channel += TileTransforms.Lanes)
            {
                TileTransforms.Input(_addresses, channel, target + channel, stride, _scratch);
            }
        }

        public void Gradient(TileGrid grid, int tile, float* map, int channels, float* target, nint stride)
        {
            grid.Outputs(tile, map, channels, _zeros, _addresses);
            for (int channel = 0; channel < channels; channel += TileTransforms.Lanes)
            {
                TileTransforms.Gradient(_addresses, channel, target + channel, stride, _scratch);
            }
        }

        public void Output(TileGrid grid, int tile, float* source, nint stride, float* bias, float* map, int channels)
        {
            grid.Outputs(tile, map, channels, null, _addresses);
            for (int channel = 0; channel < channels; channel += TileTransforms.Lanes)
            {
                TileTransforms.Output(source + channel, stride, bias is null ? _zeros : bias + channel, _addresses, channel, _scratch);
            }
        }
    }
}
