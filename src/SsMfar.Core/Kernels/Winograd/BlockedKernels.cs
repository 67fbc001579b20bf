using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary><see cref="BlockedWinograd{TFloats}"/>, or in training <see cref="WideWinograd{TFloats}"/> where that suits.</summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal readonly unsafe struct BlockedKernels<TFloats> : IFilteringKernels
    where TFloats : struct, IFloats<TFloats>
{
    // Below this, transforming the filters costs more than a few images save.
    private const int FewestImages = 8;

    // A tile makes 4×4 pixels, and keeping filters for so few takes more memory than it is worth.
    private const int SmallestMap = 3;
    private const int SmallestMapForFilters = 5;

    /// <inheritdoc/>
    public static bool Pays(torch.Tensor input, torch.Tensor weight, bool filtersAreReady) =>
        TFloats.IsSupported
        && (filtersAreReady || input.size(0) >= FewestImages)
        && Math.Min(input.size(2), input.size(3)) >= (filtersAreReady ? SmallestMapForFilters : SmallestMap)
        && weight.size(0) % Tile.ChannelBlock == 0
        && weight.size(1) % Tile.ChannelBlock == 0;

    /// <inheritdoc/>
    public static nint FilterElements(int inputs, int outputs) => BlockedWinograd<TFloats>.FilterElements(inputs, outputs);

    /// <inheritdoc/>
    public static void MakeFilters(float* weight, int inputs, int outputs, float* filters, int threads) =>
        BlockedWinograd<TFloats>.TransformFilters(weight, inputs, outputs, filters, threads);

    /// <inheritdoc/>
    public static void Convolve(
        MapSize map, float* input, int inputs, float* weight, float* filters, float* bias, float* output, int outputs, int threads)
    {
        TileGrid grid = Grid(map);
        if (filters is not null)
        {
            BlockedWinograd<TFloats>.Convolve(grid, input, inputs, filters, bias, output, outputs, threads);
        }
        else if (WideWinograd<TFloats>.Suits(grid, inputs, outputs))
        {
            WideWinograd<TFloats>.Convolve(grid, input, inputs, weight, output, outputs, threads);
        }
        else
        {
            using AlignedMemory made = AlignedMemory.Rent(FilterElements(inputs, outputs));
            MakeFilters(weight, inputs, outputs, made.Start, threads);
            BlockedWinograd<TFloats>.Convolve(grid, input, inputs, made.Start, bias, output, outputs, threads);
        }
    }

    /// <inheritdoc/>
    public static void InputGradient(
        MapSize map, float* gradient, int outputs, float* weight, float* inputGradient, int inputs, int threads)
    {
        TileGrid grid = Grid(map);
        if (WideWinograd<TFloats>.Suits(grid, inputs, outputs))
        {
            WideWinograd<TFloats>.InputGradient(grid, gradient, outputs, weight, inputGradient, inputs, threads);
            return;
        }

        using AlignedMemory turned = AlignedMemory.Rent(FilterElements(inputs, outputs));
        BlockedWinograd<TFloats>.TransformTurnedFilters(weight, inputs, outputs, turned.Start, threads);
        BlockedWinograd<TFloats>.Convolve(grid, gradient, outputs, turned.Start, null, inputGradient, inputs, threads);
    }

    /// <inheritdoc/>
    public static void WeightGradient(
        MapSize map, float* input, int inputs, float* gradient, int outputs, float* weightGradient, int threads)
    {
        TileGrid grid = Grid(map);
        if (WideWinograd<TFloats>.Suits(grid, inputs, outputs))
        {
            WideWinograd<TFloats>.WeightGradient(grid, input, inputs, gradient, outputs, weightGradient, threads);
        }
        else
        {
            BlockedWinograd<TFloats>.WeightGradient(grid, input, inputs, gradient, outputs, weightGradient, threads);
        }
    }

    private static TileGrid Grid(MapSize map) => new(map.Images, map.Height, map.Width);
}
