using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// The 3×3 convolution of stride 1 and padding 1 on maps of a few pixels, by its definition without the zeros of the border
/// (<see cref="PixelPairs"/>). On 2×2 pixels these are no more products than minimal filtering has, and nothing is transformed.
/// </summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
/// <remarks>Channels are multiples of 64.</remarks>
internal readonly unsafe struct PixelKernels<TFloats> : IFilteringKernels
    where TFloats : struct, IFloats<TFloats>
{
    private const int Block = BlockProducts.Columns;
    private const int Taps = PixelPairs.Taps;
    private const int BlockElements = Block * Block;

    // Of one image weights are read once and their gradient is written: that is memory's time, however the rest is computed.
    private const int FewestImages = 2;

    /// <inheritdoc/>
    public static bool Pays(torch.Tensor input, torch.Tensor weight) =>
        TFloats.IsSupported
        && input.size(0) >= FewestImages
        && IsNoMoreThanTiles((int)input.size(2), (int)input.size(3))
        && weight.size(0) % Block == 0
        && weight.size(1) % Block == 0;

    /// <inheritdoc/>
    public static void Convolve(MapSize map, float* input, int inputs, float* weight, float* output, int outputs, int threads) =>
        Multiply(
            Pairs(map).OfTaps(),
            map,
            input,
            inputs,
            (channel, column, tap, block) => ReadTurned(weight, inputs, tap, channel, column, block),
            output,
            outputs,
            threads);

    /// <inheritdoc/>
    public static void InputGradient(
        MapSize map, float* gradient, int outputs, float* weight, float* inputGradient, int inputs, int threads) =>
        Multiply(
            [.. Pairs(map).OfTaps().Select(tap => tap.Select(pair => (pair.Output, pair.Input)).ToArray())],
            map,
            gradient,
            outputs,
            (channel, column, tap, block) => Read(weight, inputs, tap, column, channel, block),
            inputGradient,
            inputs,
            threads);

    /// <inheritdoc/>
    public static void WeightGradient(
        MapSize map, float* input, int inputs, float* gradient, int outputs, float* weightGradient, int threads)
    {
        PixelPairs pairs = Pairs(map);
        (int Input, int Output)[][] taps = pairs.OfTaps();
        Panels left = new(pairs.Pixels, map.Images, outputs), right = new(pairs.Pixels, map.Images, inputs);
        using AlignedMemory memory = AlignedMemory.Rent(left.Elements + right.Elements);
        float* gradients = memory.Start, panels = gradients + left.Elements;
        left.Read(gradient, gradients, threads);
        right.Read(input, panels, threads);
        NativeThreads.Run(threads, outputs / Block * Taps, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (int part = first; part < last; part++)
            {
                (int block, int tap) = Math.DivRem(part, Taps);
                int output = block * Block;
                for (int row = 0; row < Block; row += BlockProducts.Rows)
                {
                    float* target = weightGradient + ((((nint)(output + row) * Taps) + tap) * inputs);
                    for (int column = 0; column < inputs; column += Block)
                    {
                        if (taps[tap].Length == 0)
                        {
                            Clear(target + column, (nint)Taps * inputs);
                        }

                        for (int i = 0; i < taps[tap].Length; i++)
                        {
                            BlockProducts.Multiply<TFloats>(
                                left.Of(gradients, taps[tap][i].Output, output) + row, 1, Block,
                                right.Of(panels, taps[tap][i].Input, column), Block, map.Images,
                                target + column, (nint)Taps * inputs, add: i > 0);
                        }
                    }
                }
            }
        });
    }

    private static bool IsNoMoreThanTiles(int height, int width) =>
        new PixelPairs(height, width).Count <= (long)Tile.Frequencies * new TileGrid(1, height, width).Count;

    private static PixelPairs Pairs(MapSize map) => new(map.Height, map.Width);

    // result[N, pixels, columns] = the sum over taps, and their pairs, of map[N, pixels, channels] * block[channels, columns].
    private static void Multiply(
        (int Source, int Target)[][] taps,
        MapSize size,
        float* map,
        int channels,
        BlockReader read,
        float* result,
        int columns,
        int threads)
    {
        (int pixels, int images) = (size.Height * size.Width, size.Images);
        Panels from = new(pixels, images, channels);
        using AlignedMemory memory = AlignedMemory.Rent(from.Elements);
        from.Read(map, memory.Start, threads);
        float* panels = memory.Start;

        // Where blocks of columns are fewer than threads, rows are shared out as well.
        int blocks = columns / Block, rowBlocks = from.Rows / BlockProducts.Rows;
        int shares = Math.Min((threads + blocks - 1) / blocks, rowBlocks);
        NativeThreads.Run(threads, blocks * shares, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (int part = first; part < last; part++)
            {
                (int block, int share) = Math.DivRem(part, shares);
                (int firstRow, int lastRow) = NativeThreads.Share(share, shares, rowBlocks);
                int firstImage = firstRow * BlockProducts.Rows;
                Panels to = new(pixels, Math.Min(images, lastRow * BlockProducts.Rows) - firstImage, Block);
                using AlignedMemory scratch = AlignedMemory.Rent(BlockElements + to.Elements);
                float* products = scratch.Start + BlockElements;
                int column = block * Block;
                new Span<float>(products, checked((int)to.Elements)).Clear();
                for (int channel = 0; channel < channels; channel += Block)
                {
                    for (int tap = 0; tap < Taps; tap++)
                    {
                        if (taps[tap].Length > 0)
                        {
                            read(channel, column, tap, scratch.Start);
                        }

                        foreach ((int source, int target) in taps[tap])
                        {
                            float* left = from.Of(panels, source, channel) + ((nint)firstImage * Block);
                            Add(left, scratch.Start, to.Of(products, target, 0), to.Rows);
                        }
                    }
                }

                to.Write(products, result + ((nint)firstImage * pixels * columns), columns, column);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* left, float* right, float* result, int rows)
    {
        for (int row = 0; row < rows; row += BlockProducts.Rows)
        {
            BlockProducts.Multiply<TFloats>(
                left + ((nint)row * Block), Block, 1, right, Block, Block, result + ((nint)row * Block), Block, add: true);
        }
    }

    // [64 of I, 64 of O].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadTurned(float* weight, int inputs, int tap, int input, int output, float* block)
    {
        for (int row = 0; row < Block; row += TFloats.Lanes)
        {
            float* source = weight + ((((nint)(output + row) * Taps) + tap) * inputs) + input;
            for (int column = 0; column < Block; column += TFloats.Lanes)
            {
                TFloats.Transpose(source + column, (nint)Taps * inputs, block + (column * Block) + row, Block);
            }
        }
    }

    // [64 of O, 64 of I]: in place rows lie so far apart that they share a few sets of the cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(float* weight, int inputs, int tap, int input, int output, float* block)
    {
        for (int row = 0; row < Block; row++)
        {
            float* source = weight + ((((nint)(output + row) * Taps) + tap) * inputs) + input;
            for (int column = 0; column < Block; column += TFloats.Lanes)
            {
                TFloats.Load(source + column).Store(block + (row * Block) + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clear(float* target, nint stride)
    {
        for (int row = 0; row < BlockProducts.Rows; row++)
        {
            new Span<float>(target + (row * stride), Block).Clear();
        }
    }

    /// <summary>Reads a tap's filters for a block of channels that are summed over and one of the result's: [64, 64].</summary>
    private delegate void BlockReader(int channel, int column, int tap, float* block);

    /// <summary>A map by pixels and blocks of channels: [H · W, channels / 64, N, 64].</summary>
    private readonly record struct Panels(int Pixels, int Images, int Channels)
    {
        /// <summary>Gets the images, made up to whole blocks of rows with images of zeros.</summary>
        public int Rows => (Images + BlockProducts.Rows - 1) / BlockProducts.Rows * BlockProducts.Rows;

        public nint Elements => (nint)Pixels * Channels * Rows;

        public float* Of(float* panels, int pixel, int channel) => panels + ((((nint)pixel * Channels) + channel) * Rows);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Read(float* map, float* panels, int threads)
        {
            Panels all = this;
            NativeThreads.Run(threads, Pixels * (Channels / Block), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
            {
                for (int panel = first; panel < last; panel++)
                {
                    (int pixel, int block) = Math.DivRem(panel, all.Channels / Block);
                    float* target = all.Of(panels, pixel, block * Block);
                    for (int image = 0; image < all.Rows; image++)
                    {
                        Span<float> row = new(target + ((nint)image * Block), Block);
                        if (image < all.Images)
                        {
                            float* source = map + ((((nint)image * all.Pixels) + pixel) * all.Channels) + (block * Block);
                            new Span<float>(source, Block).CopyTo(row);
                        }
                        else
                        {
                            row.Clear();
                        }
                    }
                }
            });
        }

        /// <summary>Of one block of channels: puts it in its place of a map.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Write(float* panels, float* map, int channels, int channel)
        {
            for (int image = 0; image < Images; image++)
            {
                for (int pixel = 0; pixel < Pixels; pixel++)
                {
                    new Span<float>(panels + ((((nint)pixel * Rows) + image) * Block), Block)
                        .CopyTo(new(map + ((((nint)image * Pixels) + pixel) * channels) + channel, Block));
                }
            }
        }
    }
}
