using SsMfar.Distributed;
using SsMfar.Kernels.Native;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation, the maximum of windows and ReLU in training, by the library's own kernels: values and gradients of a map that is
/// never written.
/// </summary>
internal static class PooledNorm
{
    /// <summary>The pooled map, where the kernels suit; else null.</summary>
    /// <param name="norm">The normalisation; its running statistics move on.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    /// <param name="group">Whose rows count; null for this rank's alone.</param>
    /// <returns>[N, C, (H + 1) / 2, (W + 1) / 2]; the caller's.</returns>
    public static torch.Tensor? TryApply(BatchNorm2d norm, torch.Tensor input, IBatchNormKernels? kernels, IProcessGroup? group) =>
        NormKernels.For(norm, input, kernels) is { } chosen
            ? Differentiable.apply(input, norm.weight!, norm.bias!, new Settings(norm, chosen, group))
            : null;

    private sealed record Settings(BatchNorm2d Norm, IBatchNormKernels Kernels, IProcessGroup? Group);

    /// <summary>What the pass backward needs of the pass forward beside maps.</summary>
    private sealed record Kept(Settings Settings, NormMoments Moments);

    private sealed unsafe class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string KeptKey = "kept";

        public override string Name => nameof(PooledNorm);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            // Scopes also keep alive what only an address is left of.
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight, bias, settings) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1], (torch.Tensor)vars[2], (Settings)vars[3]);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
            MapSize size = MapSize.Of(map);
            int channels = (int)map.size(3);
            float* x = NativeMaps.Address(map);
            using AlignedMemory memory = AlignedMemory.Rent(channels);
            float* scale = memory.Start;
            NormMoments moments = NormMoments.Take(
                settings.Norm, NativeMaps.Address(weight), x, (int)(map.numel() / channels), channels, settings.Kernels, settings.Group,
                scale);

            // Not a view, which nothing may be added to in place.
            (long rows, long columns) = ((size.Height + 1) / 2, (size.Width + 1) / 2);
            torch.Tensor result = torch.empty_strided(
                [size.Images, channels, rows, columns], [rows * columns * channels, 1, columns * channels, channels],
                torch.ScalarType.Float32);
            torch.Tensor chosen = torch.empty_like(result), places = torch.empty_like(result);
            fixed (float* mean = moments.Mean)
            {
                settings.Kernels.Pooled.Pool(
                    x, size, channels, mean, scale, NativeMaps.Address(bias), Address(result), Address(chosen), Address(places),
                    NativeMaps.Threads);
            }

            // TorchSharp saves after this returns.
            ctx.save_for_backward([input, weight, result, chosen.MoveToOuterDisposeScope(), places.MoveToOuterDisposeScope()]);
            ctx.save_data(KeptKey, new Kept(settings, moments));
            return result.MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            var (settings, moments) = (Kept)ctx.get_data(KeptKey);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(saved[0]), gradient = NativeMaps.ChannelsAtEnd(grad_output);
            int channels = (int)map.size(3), rows = (int)(gradient.numel() / channels);
            float* dy = NativeMaps.Address(gradient), y = Address(saved[2]);
            using AlignedMemory memory = AlignedMemory.Rent(7 * (nint)channels);
            double* sums = (double*)memory.Start;
            float* factors = memory.Start + (4 * channels);
            torch.Tensor weightGradient = torch.empty_like(saved[1]), biasGradient = torch.empty_like(saved[1]);
            torch.Tensor mapGradient = torch.empty_like(map);
            fixed (float* mean = moments.Mean)
            {
                settings.Kernels.GradientSums(dy, y, Address(saved[3]), mean, rows, channels, sums, NativeMaps.Threads);
                moments.Gradients(
                    sums, NativeMaps.Address(saved[1]), settings.Group, NativeMaps.Address(weightGradient),
                    NativeMaps.Address(biasGradient), factors);
                settings.Kernels.Pooled.ApplyGradient(
                    dy, y, Address(saved[4]), NativeMaps.Address(map), MapSize.Of(map), channels, mean, factors,
                    NativeMaps.Address(mapGradient), NativeMaps.Threads);
            }

            scope.Attach(grad_output);
            return HandedGradients.Of(NativeMaps.ChannelsFirst(mapGradient), weightGradient, biasGradient, null);
        }

        // Of a map of channels-last memory, which stays the caller's.
        private static float* Address(torch.Tensor map) => NativeMaps.Address(NativeMaps.ChannelsAtEnd(map));
    }
}
