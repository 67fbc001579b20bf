using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary><see cref="PixelProducts{TFloats}"/> on tensors.</summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal sealed class PixelFiltering<TFloats> : IMinimalFiltering
    where TFloats : struct, IFloats<TFloats>
{
    // Of one image weights are read once and their gradient is written: that is memory's time, however the rest is computed.
    private const int FewestImages = 2;

    // Tiles take fewer products from 3×3 on, but filters of four times the size, which are not kept for so few pixels.
    private const int MostPixelsForFilters = 16;

    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight, bool filtersAreReady) =>
        TFloats.IsSupported
        && (filtersAreReady ? input.size(2) * input.size(3) <= MostPixelsForFilters
            : input.size(0) >= FewestImages && IsNoMoreThanTiles((int)input.size(2), (int)input.size(3)))
        && weight.size(0) % Tile.ChannelBlock == 0
        && weight.size(1) % Tile.ChannelBlock == 0;

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor weight) => Differentiable.apply(input, weight);

    /// <inheritdoc/>
    public unsafe torch.Tensor Filters(torch.Tensor weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int inputs, int outputs) = ((int)weight.size(1), (int)weight.size(0));
        torch.Tensor filters = torch.empty([PixelProducts<TFloats>.FilterElements(inputs, outputs)], torch.ScalarType.Float32);
        PixelProducts<TFloats>.ReadFilters(
            NativeMaps.Address(NativeMaps.ChannelsAtEnd(weight.detach())),
            inputs,
            outputs,
            NativeMaps.Address(filters),
            NativeMaps.Threads);
        return filters.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public unsafe torch.Tensor ApplyFilters(torch.Tensor input, torch.Tensor filters, torch.Tensor bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
        return Convolve(map, null, NativeMaps.Address(filters), NativeMaps.Address(bias), (int)bias.size(0)).MoveToOuterDisposeScope();
    }

    private static bool IsNoMoreThanTiles(int height, int width) =>
        new PixelPairs(height, width).Count <= (long)Tile.Frequencies * new TileGrid(1, height, width).Count;

    private static PixelPairs Pairs(torch.Tensor map) => new((int)map.size(1), (int)map.size(2));

    // Either weights or filters.
    private static unsafe torch.Tensor Convolve(torch.Tensor map, float* weight, float* filters, float* bias, int outputs)
    {
        torch.Tensor output = torch.empty([map.size(0), map.size(1), map.size(2), outputs], torch.ScalarType.Float32);
        PixelProducts<TFloats>.Convolve(
            Pairs(map),
            (int)map.size(0),
            NativeMaps.Address(map),
            (int)map.size(3),
            weight,
            filters,
            bias,
            NativeMaps.Address(output),
            outputs,
            NativeMaps.Threads);
        return NativeMaps.ChannelsFirst(output);
    }

    private sealed unsafe class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(PixelFiltering<>);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            // Scopes also keep alive what only an address is left of.
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1]);
            ctx.save_for_backward([input, weight]);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(input), filters = NativeMaps.ChannelsAtEnd(weight);
            return Convolve(map, NativeMaps.Address(filters), null, null, (int)weight.size(0)).MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            (torch.Tensor input, torch.Tensor weight) = (NativeMaps.ChannelsAtEnd(saved[0]), NativeMaps.ChannelsAtEnd(saved[1]));
            torch.Tensor gradient = NativeMaps.ChannelsAtEnd(grad_output);
            (int images, int inputs, int outputs) = ((int)input.size(0), (int)weight.size(3), (int)weight.size(0));
            torch.Tensor inputGradient = torch.empty_like(input), weightGradient = torch.empty(
                [outputs, 3, 3, inputs],
                torch.ScalarType.Float32);
            PixelProducts<TFloats>.InputGradient(
                Pairs(input),
                images,
                NativeMaps.Address(gradient),
                outputs,
                NativeMaps.Address(weight),
                NativeMaps.Address(inputGradient),
                inputs,
                NativeMaps.Threads);
            PixelProducts<TFloats>.WeightGradient(
                Pairs(input),
                images,
                NativeMaps.Address(input),
                inputs,
                NativeMaps.Address(gradient),
                outputs,
                NativeMaps.Address(weightGradient),
                NativeMaps.Threads);
            scope.Attach(grad_output);
            return HandedGradients.Of(NativeMaps.ChannelsFirst(inputGradient), NativeMaps.ChannelsFirst(weightGradient));
        }
    }
}
