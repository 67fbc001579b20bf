using SsMfar.Kernels.Native;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>Kernels on tensors, with gradients.</summary>
/// <typeparam name="TKernels">The kernels.</typeparam>
internal sealed unsafe class VectorFiltering<TKernels> : IMinimalFiltering
    where TKernels : struct, IFilteringKernels
{
    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight) => TKernels.Pays(input, weight);

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor weight) => Differentiable.apply(input, weight);

    /// <summary>
    /// The passes. The backward ones make anew what the forward one made of map and weights: to keep it would take up to four times the
    /// map's memory.
    /// </summary>
    private sealed class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(VectorFiltering<>);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            // Scopes also keep alive what only an address is left of.
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1]);
            ctx.save_for_backward([input, weight]);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(input), filters = NativeMaps.ChannelsAtEnd(weight);
            torch.Tensor output = torch.empty([map.size(0), map.size(1), map.size(2), weight.size(0)], torch.ScalarType.Float32);
            TKernels.Convolve(
                MapSize.Of(map),
                NativeMaps.Address(map),
                (int)map.size(3),
                NativeMaps.Address(filters),
                NativeMaps.Address(output),
                (int)weight.size(0),
                NativeMaps.Threads);
            return NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            (torch.Tensor input, torch.Tensor weight) = (NativeMaps.ChannelsAtEnd(saved[0]), NativeMaps.ChannelsAtEnd(saved[1]));
            torch.Tensor gradient = NativeMaps.ChannelsAtEnd(grad_output);
            (int inputs, int outputs) = ((int)weight.size(3), (int)weight.size(0));
            torch.Tensor inputGradient = torch.empty_like(input), weightGradient = torch.empty(
                [outputs, 3, 3, inputs],
                torch.ScalarType.Float32);
            TKernels.InputGradient(
                MapSize.Of(input),
                NativeMaps.Address(gradient),
                outputs,
                NativeMaps.Address(weight),
                NativeMaps.Address(inputGradient),
                inputs,
                NativeMaps.Threads);
            TKernels.WeightGradient(
                MapSize.Of(input),
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
