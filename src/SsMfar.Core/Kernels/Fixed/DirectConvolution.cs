using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;
using SsMfar.Kernels.Winograd;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary><see cref="DirectKernels{TFloats}"/> on tensors.</summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal sealed unsafe class DirectConvolution<TFloats> : IFixedConvolution
    where TFloats : struct, IFloats<TFloats>
{
    private const int Block = BlockProducts.Columns;

    // With more pixels of the output, in all images, libtorch is as fast, or faster: what is saved is the way of the weights.
    private const long MostPixels = 2048;
    private const long MostPixelsOfFirst = 4096;

    // Where minimal filtering could be had: of few tiles its filters, four times as large, take longer to read than products to compute,
    // and for maps of so few pixels they are not kept.
    private const int MostTiles = 8;
    private const int MostPixelsOfMap = 16;

    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight, int stride)
    {
        if (!TFloats.IsSupported || weight.size(0) % Block != 0)
        {
            return false;
        }

        (int inputs, int kernel) = ((int)weight.size(1), (int)weight.size(2));
        MapSize map = MapSize.OfChannelsFirst(input);
        long pixels = (long)map.Images * ConvolutionGeometry.Of(map, kernel, stride).OutputPixels;
        return IsNarrow(inputs, kernel) ? pixels <= MostPixelsOfFirst
            : inputs % Block == 0 && (kernel == 3 && stride == 1 ? IsFewTiles(map) : pixels <= MostPixels);
    }

    /// <inheritdoc/>
    public torch.Tensor Filters(torch.Tensor weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor filters = torch.empty([weight.numel()], torch.ScalarType.Float32);
        (int inputs, int kernel) = ((int)weight.size(1), (int)weight.size(2));
        (int taps, int steps) = IsNarrow(inputs, kernel) ? (kernel, kernel * inputs) : (kernel * kernel, inputs);
        DirectKernels<TFloats>.MakeFilters(
            NativeMaps.Address(NativeMaps.ChannelsAtEnd(weight.detach())), taps, steps, (int)weight.size(0), NativeMaps.Address(filters),
            NativeMaps.Threads);
        return filters.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor filters, int kernel, int stride, ConvolutionEpilogue epilogue)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
        (MapSize size, int inputs, int steps) = (MapSize.Of(map), (int)map.size(3), (int)map.size(3));
        ConvolutionGeometry geometry = ConvolutionGeometry.Of(size, kernel, stride);
        torch.Tensor output = torch.empty(
            [size.Images, geometry.OutputHeight, geometry.OutputWidth, epilogue.Bias.size(0)], torch.ScalarType.Float32);
        if (IsNarrow(inputs, kernel))
        {
            map = Padded(map, geometry.Padding);
            (geometry, steps) = (geometry.OfPaddedRows(), kernel * inputs);
        }

        DirectKernels<TFloats>.Convolve(
            geometry, size.Images, NativeMaps.Address(map), inputs, steps, NativeMaps.Address(filters), epilogue.On(output),
            NativeMaps.Address(output), (int)output.size(3), NativeMaps.Threads);
        return NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
    }

    // Of a network's first layer: pixels of a few values, those of a row of the kernel side by side.
    private static bool IsNarrow(int inputs, int kernel) => kernel * inputs < Block;

    private static bool IsFewTiles(MapSize map) =>
        map.Height * map.Width <= MostPixelsOfMap || new TileGrid(map.Images, map.Height, map.Width).Count <= MostTiles;

    private static torch.Tensor Padded(torch.Tensor map, int border)
    {
        (MapSize size, int inputs) = (MapSize.Of(map), (int)map.size(3));
        (int height, int width) = (size.Height + (2 * border), size.Width + (2 * border));
        torch.Tensor padded = torch.empty([size.Images, height, width, inputs], torch.ScalarType.Float32);
        float* source = NativeMaps.Address(map), target = NativeMaps.Address(padded);
        NativeThreads.Run(NativeMaps.Threads, size.Images, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (int row = first * height; row < last * height; row++)
            {
                (int image, int y) = Math.DivRem(row, height);
                Span<float> line = new(target + ((nint)row * width * inputs), width * inputs);
                if (y < border || y >= height - border)
                {
                    line.Clear();
                    continue;
                }

                line[..(border * inputs)].Clear();
                line[^(border * inputs)..].Clear();
                float* from = source + ((((nint)image * size.Height) + y - border) * size.Width * inputs);
                new ReadOnlySpan<float>(from, size.Width * inputs).CopyTo(line[(border * inputs)..]);
            }
        });
        return padded;
    }
}
