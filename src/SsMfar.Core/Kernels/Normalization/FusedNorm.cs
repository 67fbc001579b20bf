using SsMfar.Distributed;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation in training by the library's own kernels, with what is added to it and ReLU; by this rank's rows, or by those of
/// all ranks.
/// </summary>
internal static class FusedNorm
{
    // Those of the widest vectors that the processor has.
    private static readonly IBatchNormKernels? Widest =
        Floats16.IsSupported ? new BatchNormKernels<Floats16>() : Floats8.IsSupported ? new BatchNormKernels<Floats8>() : null;

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
        (kernels ?? Widest) is { } chosen && Suits(norm, input, chosen)
            ? Differentiable.apply(input, norm.weight!, norm.bias!, addend!, new Settings(norm, rectifies, chosen, group))
            : null;

    // In training, float32, on the CPU, as many channels as fill vectors.
    private static bool Suits(BatchNorm2d norm, torch.Tensor input, IBatchNormKernels kernels) =>
        norm.training
        && input.device_type == DeviceType.CPU
        && input.dtype == torch.ScalarType.Float32
        && norm.weight!.dtype == torch.ScalarType.Float32
        && input.size(1) % kernels.Lanes == 0
        && norm is { momentum: not null, running_mean: not null, running_var: not null };

    private sealed record Settings(BatchNorm2d Norm, bool Rectifies, IBatchNormKernels Kernels, IProcessGroup? Group);

    /// <summary>What the pass backward needs of the pass forward beside maps.</summary>
    private sealed record Statistics(Settings Settings, float[] Mean, float[] Deviation, double Rows, bool HasAddend);

    private sealed unsafe class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string StatisticsKey = "statistics";

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
            using AlignedMemory memory = AlignedMemory.Rent(5 * (nint)channels);
            double* means = (double*)memory.Start, variances = means + channels;
            float* scale = memory.Start + (4 * channels);
            settings.Kernels.Moments(x, x, rows, channels, means, NativeMaps.Threads);
            for (int c = 0; c < channels; c++)
            {
                double distance = means[c] / rows;
                variances[c] = Math.Max(0, (variances[c] / rows) - (distance * distance));
                means[c] = x[c] + distance;
            }

            double total = settings.Group is { } group
                ? RankMoments.Merge(new(means, channels), new(variances, channels), rows, group)
                : rows;
            var (mean, deviation) = (new float[channels], new float[channels]);
            float* gamma = NativeMaps.Address(weight);
            for (int c = 0; c < channels; c++)
            {
                double d = Math.Sqrt(variances[c] + settings.Norm.eps);
                (mean[c], deviation[c]) = ((float)means[c], (float)d);
                scale[c] = (float)(gamma[c] / d);
            }

            Follow(settings.Norm, means, variances, total);

            // Not a view, which nothing may be added to in place.
            torch.Tensor result = torch.empty_like(NativeMaps.ChannelsFirst(map));
            float* y = NativeMaps.Address(NativeMaps.ChannelsAtEnd(result));
            float* added = addend is null ? null : NativeMaps.Address(NativeMaps.ChannelsAtEnd(addend));
            fixed (float* m = mean)
            {
                settings.Kernels.Apply(
                    x, m, scale, NativeMaps.Address(bias), added, settings.Rectifies, y, rows, channels, NativeMaps.Threads);
            }

            ctx.save_for_backward(settings.Rectifies ? [input, weight, result] : [input, weight]);
            ctx.save_data(StatisticsKey, new Statistics(settings, mean, deviation, total, addend is not null));
            return result.MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            var (settings, mean, deviation, total, hasAddend) = (Statistics)ctx.get_data(StatisticsKey);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(saved[0]), gradient = NativeMaps.ChannelsAtEnd(grad_output);
            (int rows, int channels) = ((int)(map.numel() / map.size(3)), (int)map.size(3));
            float* x = NativeMaps.Address(map), dy = NativeMaps.Address(gradient);
            float* y = settings.Rectifies ? NativeMaps.Address(NativeMaps.ChannelsAtEnd(saved[2])) : null;
            using AlignedMemory memory = AlignedMemory.Rent(7 * (nint)channels);
            double* sums = (double*)memory.Start, products = sums + channels;
            float* factors = memory.Start + (4 * channels);
            torch.Tensor weightGradient = torch.empty_like(saved[1]), biasGradient = torch.empty_like(saved[1]);
            torch.Tensor mapGradient = torch.empty_like(map);
            torch.Tensor? addendGradient = hasAddend ? torch.empty_like(map) : null;
            fixed (float* m = mean)
            {
                settings.Kernels.GradientSums(dy, y, x, m, rows, channels, sums, NativeMaps.Threads);
                float* gammaGradient = NativeMaps.Address(weightGradient), betaGradient = NativeMaps.Address(biasGradient);
                for (int c = 0; c < channels; c++)
                {
                    (gammaGradient[c], betaGradient[c]) = ((float)(products[c] / deviation[c]), (float)sums[c]);
                }

                // A rank's weights have the gradient of its own rows, which is summed later; its map has that of all ranks' statistics.
                if (settings.Group is { } group)
                {
                    RankMoments.Sum(new(sums, 2 * channels), group);
                }

                float* gamma = NativeMaps.Address(saved[1]);
                for (int c = 0; c < channels; c++)
                {
                    double d = deviation[c], a = gamma[c] / d;
                    (factors[c], factors[channels + c]) = ((float)a, (float)(-a * products[c] / (d * d * total)));
                    factors[(2 * channels) + c] = (float)(-a * sums[c] / total);
                }

                settings.Kernels.ApplyGradient(
                    dy, y, x, m, factors, NativeMaps.Address(mapGradient), addendGradient is null ? null :
                        NativeMaps.Address(addendGradient), rows, channels, NativeMaps.Threads);
            }

            scope.Attach(grad_output);
            return HandedGradients.Of(
                NativeMaps.ChannelsFirst(mapGradient), weightGradient, biasGradient, addendGradient is null ?
                    null :
                    NativeMaps.ChannelsFirst(addendGradient), null);
        }

        private static void Follow(BatchNorm2d norm, double* means, double* variances, double rows)
        {
            float* mean = NativeMaps.Address(norm.running_mean!), variance = NativeMaps.Address(norm.running_var!);
            double momentum = norm.momentum!.Value;
            for (int c = 0; c < norm.running_mean!.numel(); c++)
            {
                mean[c] = (float)(((1 - momentum) * mean[c]) + (momentum * means[c]));
                variance[c] = (float)(((1 - momentum) * variance[c]) + (momentum * variances[c] * rows / Math.Max(1, rows - 1)));
            }

            norm.num_batches_tracked?.PlusInPlace(1);
        }
    }
}
