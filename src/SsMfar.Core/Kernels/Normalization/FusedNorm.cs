using SsMfar.Distributed;
using SsMfar.Kernels.Native;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation in training by the library's own kernels, with what is added to it and ReLU; by this rank's rows, or by those of
/// all ranks.
/// </summary>
internal static class FusedNorm
{
    /// <summary>The map, where the kernels suit: in training, float32, on the CPU, with channels that fill vectors; else null.</summary>
    /// <param name="norm">The normalisation; its running statistics move on.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="addend">[N, C, H, W], or null.</param>
    /// <param name="rectifies">Whether ReLU follows.</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    /// <param name="group">Whose rows count; null for this rank's alone.</param>
    /// <returns>[N, C, H, W]; the caller's.</returns>
    public static torch.Tensor? TryApply(
        BatchNorm2d norm, torch.Tensor input, torch.Tensor? addend, bool rectifies, IBatchNormKernels? kernels, IProcessGroup? group) =>
        NormKernels.For(norm, input, kernels) is { } chosen
            ? Differentiable.apply(input, norm.weight!, norm.bias!, addend!, new Settings(norm, rectifies, chosen, group))
            : null;

    private sealed record Settings(BatchNorm2d Norm, bool Rectifies, IBatchNormKernels Kernels, IProcessGroup? Group);

    /// <summary>What the pass backward needs of the pass forward beside maps.</summary>
    private sealed record Kept(Settings Settings, NormMoments Moments, bool HasAddend);

    private sealed unsafe class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string KeptKey = "kept";

        public override string Name => nameof(FusedNorm);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            // Scopes also keep alive what only an address is left of.
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight, bias) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1], (torch.Tensor)vars[2]);
            var (addend, settings) = ((torch.Tensor?)vars[3], (Settings)vars[4]);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
            (int rows, int channels) = ((int)(map.numel() / map.size(3)), (int)map.size(3));
            float* x = NativeMaps.Address(map);
            using AlignedMemory memory = AlignedMemory.Rent(channels);
            float* scale = memory.Start;
            NormMoments moments = NormMoments.Take(
                settings.Norm, NativeMaps.Address(weight), x, rows, channels, settings.Kernels, settings.Group, scale);

            // Not a view, which nothing may be added to in place.
            torch.Tensor result = torch.empty_like(NativeMaps.ChannelsFirst(map));
            float* y = NativeMaps.Address(NativeMaps.ChannelsAtEnd(result));
            float* added = addend is null ? null : NativeMaps.Address(NativeMaps.ChannelsAtEnd(addend));
            fixed (float* mean = moments.Mean)
            {
                settings.Kernels.Apply(
                    x, mean, scale, NativeMaps.Address(bias), added, settings.Rectifies, y, rows, channels, NativeMaps.Threads);
            }

            ctx.save_for_backward(settings.Rectifies ? [input, weight, result] : [input, weight]);
            ctx.save_data(KeptKey, new Kept(settings, moments, addend is not null));
            return result.MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            var (settings, moments, hasAddend) = (Kept)ctx.get_data(KeptKey);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(saved[0]), gradient = NativeMaps.ChannelsAtEnd(grad_output);
            (int rows, int channels) = ((int)(map.numel() / map.size(3)), (int)map.size(3));
            float* x = NativeMaps.Address(map), dy = NativeMaps.Address(gradient);
            float* y = settings.Rectifies ? NativeMaps.Address(NativeMaps.ChannelsAtEnd(saved[2])) : null;
            using AlignedMemory memory = AlignedMemory.Rent(7 * (nint)channels);
            double* sums = (double*)memory.Start;
            float* factors = memory.Start + (4 * channels);
            torch.Tensor weightGradient = torch.empty_like(saved[1]), biasGradient = torch.empty_like(saved[1]);
            torch.Tensor mapGradient = torch.empty_like(map);
            torch.Tensor? addendGradient = hasAddend ? torch.empty_like(map) : null;
            fixed (float* mean = moments.Mean)
            {
                settings.Kernels.GradientSums(dy, y, x, mean, rows, channels, sums, NativeMaps.Threads);
                moments.Gradients(
                    sums, NativeMaps.Address(saved[1]), settings.Group, NativeMaps.Address(weightGradient),
                    NativeMaps.Address(biasGradient), factors);
                settings.Kernels.ApplyGradient(
                    dy, y, x, mean, factors, NativeMaps.Address(mapGradient), addendGradient is null ? null :
                        NativeMaps.Address(addendGradient), rows, channels, NativeMaps.Threads);
            }

            scope.Attach(grad_output);
            return HandedGradients.Of(
                NativeMaps.ChannelsFirst(mapGradient), weightGradient, biasGradient, addendGradient is null ?
                    null :
                    NativeMaps.ChannelsFirst(addendGradient), null);
        }
    }
}
