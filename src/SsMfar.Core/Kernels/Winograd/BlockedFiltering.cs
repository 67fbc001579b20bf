using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary><see cref="BlockedWinograd{TFloats}"/> and <see cref="WideWinograd{TFloats}"/> on tensors.</summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal sealed class BlockedFiltering<TFloats> : IMinimalFiltering
    where TFloats : struct, IFloats<TFloats>
{
    // Below this, transforming the filters costs more than a few images save.
    private const int FewestImages = 8;

    // A tile makes 4×4 pixels, and keeping filters for so few takes more memory than it is worth.
    private const int SmallestMap = 3;
    private const int SmallestMapForFilters = 5;

    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight, bool filtersAreReady) =>
        TFloats.IsSupported
        && (filtersAreReady || input.size(0) >= FewestImages)
        && Math.Min(input.size(2), input.size(3)) >= (filtersAreReady ? SmallestMapForFilters : SmallestMap)
        && weight.size(0) % Tile.ChannelBlock == 0
        && weight.size(1) % Tile.ChannelBlock == 0;

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor weight) => Differentiable.apply(input, weight);

    /// <inheritdoc/>
    public unsafe torch.Tensor Filters(torch.Tensor weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int inputs, int outputs) = ((int)weight.size(1), (int)weight.size(0));
        torch.Tensor filters = torch.empty([BlockedWinograd<TFloats>.FilterElements(inputs, outputs)], torch.ScalarType.Float32);
        BlockedWinograd<TFloats>.TransformFilters(
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
        int outputs = (int)bias.size(0);
        torch.Tensor output = torch.empty([map.size(0), map.size(1), map.size(2), outputs], torch.ScalarType.Float32);
        BlockedWinograd<TFloats>.Convolve(
            Grid(map),
            NativeMaps.Address(map),
            (int)map.size(3),
            NativeMaps.Address(filters),
            NativeMaps.Address(bias),
            NativeMaps.Address(output),
            outputs,
            NativeMaps.Threads);
        return NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
    }

    private static TileGrid Grid(torch.Tensor map) => new((int)map.size(0), (int)map.size(1), (int)map.size(2));

    /// <summary>
    /// The passes. The backward ones transform anew what the forward one transformed: to keep it would take four times the map's memory.
    /// </summary>
    private sealed unsafe class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(BlockedFiltering<>);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            // Scopes also keep alive what only an address is left of.
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1]);
            ctx.save_for_backward([input, weight]);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(input), filters = NativeMaps.ChannelsAtEnd(weight);
            (TileGrid grid, int inputs, int outputs) = (Grid(map), (int)weight.size(1), (int)weight.size(0));
            torch.Tensor output = torch.empty([map.size(0), map.size(1), map.size(2), outputs], torch.ScalarType.Float32);
            if (WideWinograd<TFloats>.Suits(grid, inputs, outputs))
            {
                WideWinograd<TFloats>.Convolve(
                    grid,
                    NativeMaps.Address(map),
                    inputs,
                    NativeMaps.Address(filters),
                    NativeMaps.Address(output),
                    outputs,
                    NativeMaps.Threads);
            }
            else
            {
                using AlignedMemory transformed = AlignedMemory.Rent(BlockedWinograd<TFloats>.FilterElements(inputs, outputs));
                BlockedWinograd<TFloats>.TransformFilters(
                    NativeMaps.Address(filters), inputs, outputs, transformed.Start, NativeMaps.Threads);
                BlockedWinograd<TFloats>.Convolve(
                    grid,
                    NativeMaps.Address(map),
                    inputs,
                    transformed.Start,
                    null,
                    NativeMaps.Address(output),
                    outputs,
                    NativeMaps.Threads);
            }

            return NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            (torch.Tensor input, torch.Tensor weight) = (NativeMaps.ChannelsAtEnd(saved[0]), NativeMaps.ChannelsAtEnd(saved[1]));
            torch.Tensor gradient = NativeMaps.ChannelsAtEnd(grad_output);
            (int inputs, int outputs) = ((int)weight.size(3), (int)weight.size(0));
            TileGrid grid = Grid(input);
            torch.Tensor inputGradient = torch.empty_like(input), weightGradient = torch.empty(
                [outputs, 3, 3, inputs],
                torch.ScalarType.Float32);
            if (WideWinograd<TFloats>.Suits(grid, inputs, outputs))
            {
                WideWinograd<TFloats>.InputGradient(
                    grid,
                    NativeMaps.Address(gradient),
                    outputs,
                    NativeMaps.Address(weight),
                    NativeMaps.Address(inputGradient),
                    inputs,
                    NativeMaps.Threads);
                WideWinograd<TFloats>.WeightGradient(
                    grid,
                    NativeMaps.Address(input),
                    inputs,
                    NativeMaps.Address(gradient),
                    outputs,
                    NativeMaps.Address(weightGradient),
                    NativeMaps.Threads);
            }
            else
            {
                using AlignedMemory turned = AlignedMemory.Rent(BlockedWinograd<TFloats>.FilterElements(inputs, outputs));
                BlockedWinograd<TFloats>.TransformTurnedFilters(
                    NativeMaps.Address(weight), inputs, outputs, turned.Start, NativeMaps.Threads);
                BlockedWinograd<TFloats>.Convolve(
                    grid,
                    NativeMaps.Address(gradient),
                    outputs,
                    turned.Start,
                    null,
                    NativeMaps.Address(inputGradient),
                    inputs,
                    NativeMaps.Threads);
                BlockedWinograd<TFloats>.WeightGradient(
                    grid,
                    NativeMaps.Address(input),
                    inputs,
                    NativeMaps.Address(gradient),
                    outputs,
                    NativeMaps.Address(weightGradient),
                    NativeMaps.Threads);
            }

            scope.Attach(grad_output);
            return HandedGradients.Of(NativeMaps.ChannelsFirst(inputGradient), NativeMaps.ChannelsFirst(weightGradient));
        }
    }
}
