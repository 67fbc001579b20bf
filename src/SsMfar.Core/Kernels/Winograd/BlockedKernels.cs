using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary><see cref="BlockedWinograd{TFloats}"/>, or <see cref="WideWinograd{TFloats}"/> where that suits.</summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal readonly unsafe struct BlockedKernels<TFloats> : IFilteringKernels
    where TFloats : struct, IFloats<TFloats>
{
    // Below this, transforming the filters costs more than a few images save.
    private const int FewestImages = 8;

    // A tile makes 4×4 pixels.
    private const int SmallestMap = 3;

    /// <inheritdoc/>
    public static bool Pays(torch.Tensor input, torch.Tensor weight) =>
        TFloats.IsSupported
        && input.size(0) >= FewestImages
        && Math.Min(input.size(2), input.size(3)) >= SmallestMap
        && weight.size(0) % BlockProducts.Columns == 0
        && weight.size(1) % BlockProducts.Columns == 0;

    /// <inheritdoc/>
    public static void Convolve(MapSize map, float* input, int inputs, float* weight, float* output, int outputs, int threads)
    {
        TileGrid grid = Grid(map);
        if (WideWinograd<TFloats>.Suits(grid, inputs, outputs))
        {
            WideWinograd<TFloats>.Convolve(grid, input, inputs, weight, output, outputs, threads);
        }
        else
        {
            using AlignedMemory filters = AlignedMemory.Rent(BlockedWinograd<TFloats>.FilterElements(inputs, outputs));
            BlockedWinograd<TFloats>.TransformFilters(weight, inputs, outputs, filters.Start, threads);
            BlockedWinograd<TFloats>.Convolve(grid, input, inputs, filters.Start, default, output, outputs, threads);
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

        using AlignedMemory turned = AlignedMemory.Rent(BlockedWinograd<TFloats>.FilterElements(inputs, outputs));
        BlockedWinograd<TFloats>.TransformTurnedFilters(weight, inputs, outputs, turned.Start, threads);
        BlockedWinograd<TFloats>.Convolve(grid, gradient, outputs, turned.Start, default, inputGradient, inputs, threads);
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
