using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>max(0, batch norm of a map + what is added to it): how every convolution of a residual block ends.</summary>
internal static class NormalizedRelu
{
    private static readonly IBatchNormKernels? Widest =
        Floats16.IsSupported ? new BatchNormKernels<Floats16>() : Floats8.IsSupported ? new BatchNormKernels<Floats8>() : null;

    /// <summary>The map.</summary>
    /// <param name="norm">The normalisation; in training its running statistics move on.</param>
    /// <param name="input">[N, C, H, W]; not to be used after.</param>
    /// <param name="addend">[N, C, H, W], or null.</param>
    /// <param name="isFused">Whether one pass may compute it where it suits; else libtorch does.</param>
    /// <param name="kernels">By which vectors; the widest that the processor has if null.</param>
    /// <returns>[N, C, H, W]; the caller's.</returns>
    public static torch.Tensor Apply(
        BatchNorm2d norm, torch.Tensor input, torch.Tensor? addend = null, bool isFused = true, IBatchNormKernels? kernels = null)
    {
        kernels ??= Widest;
        if (isFused && kernels is not null && Suits(norm, input, kernels.Lanes))
        {
            return Differentiable.apply(input, norm.weight!, norm.bias!, addend!, norm, kernels);
        }

        // In place where autograd allows: batch normalisation keeps its input, not its output, and ReLU keeps what it wrote.
        torch.Tensor output = BatchNormalization.Apply(norm, input);
        return (addend is null ? output : output.PlusInPlace(addend)).relu_();
    }

    private static bool Suits(BatchNorm2d norm, torch.Tensor input, int lanes) =>
        norm.training
        && SynchronizedNorm.Group is null
        && input.device_type == DeviceType.CPU
        && input.dtype == torch.ScalarType.Float32
        && norm.weight!.dtype == torch.ScalarType.Float32
        && input.size(1) % lanes == 0
        && norm is { momentum: not null, running_mean: not null, running_var: not null };

    private sealed unsafe class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string MeanKey = "mean";
        private const string DeviationKey = "deviation";
        private const string AddendKey = "addend";
        private const string KernelsKey = "kernels";

        public override string Name => nameof(NormalizedRelu);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            // Scopes also keep alive what only an address is left of.
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight, bias) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1], (torch.Tensor)vars[2]);
            var (addend, norm, kernels) = ((torch.Tensor?)vars[3], (BatchNorm2d)vars[4], (IBatchNormKernels)vars[5]);
            torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
            (int rows, int channels) = ((int)(map.numel() / map.size(3)), (int)map.size(3));
            float* x = NativeMaps.Address(map);
            using AlignedMemory memory = AlignedMemory.Rent(5 * (nint)channels);
            double* sums = (double*)memory.Start;
            float* scale = memory.Start + (4 * channels);
            kernels.Moments(x, x, rows, channels, sums, NativeMaps.Threads);
            var (mean, deviation) = (new float[channels], new float[channels]);
            float* gamma = NativeMaps.Address(weight), beta = NativeMaps.Address(bias);
            float* runningMean = NativeMaps.Address(norm.running_mean!), runningVariance = NativeMaps.Address(norm.running_var!);
            double momentum = norm.momentum!.Value;
            for (int c = 0; c < channels; c++)
            {
                double distance = sums[c] / rows, variance = Math.Max(0, (sums[channels + c] / rows) - (distance * distance));
                double m = x[c] + distance, d = Math.Sqrt(variance + norm.eps);
                (mean[c], deviation[c]) = ((float)m, (float)d);
                scale[c] = (float)(gamma[c] / d);
                runningMean[c] = (float)(((1 - momentum) * runningMean[c]) + (momentum * m));
                runningVariance[c] = (float)(((1 - momentum) * runningVariance[c]) + (momentum * variance * rows / Math.Max(1, rows - 1)));
            }

            norm.num_batches_tracked?.PlusInPlace(1);
            torch.Tensor output = torch.empty_like(map);
            torch.Tensor? added = addend is null ? null : NativeMaps.ChannelsAtEnd(addend);
            fixed (float* m = mean)
            {
                kernels.Apply(
                    x,
                    m,
                    scale,
                    beta,
                    added is null ? null : NativeMaps.Address(added),
                    NativeMaps.Address(output),
                    rows,
                    channels,
                    NativeMaps.Threads);
            }

            torch.Tensor result = NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
            ctx.save_for_backward([input, result, weight]);
            ctx.save_data(MeanKey, mean);
            ctx.save_data(DeviationKey, deviation);
            ctx.save_data(AddendKey, addend is not null);
            ctx.save_data(KernelsKey, kernels);
            return result;
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            torch.Tensor map = NativeMaps.ChannelsAtEnd(saved[0]), result = NativeMaps.ChannelsAtEnd(saved[1]), gradient = NativeMaps
                .ChannelsAtEnd(grad_output);
            (int rows, int channels) = ((int)(map.numel() / map.size(3)), (int)map.size(3));
            var (mean, deviation) = ((float[])ctx.get_data(MeanKey), (float[])ctx.get_data(DeviationKey));
            var kernels = (IBatchNormKernels)ctx.get_data(KernelsKey);
            float* x = NativeMaps.Address(map), y = NativeMaps.Address(result), dy = NativeMaps.Address(gradient);
            using AlignedMemory memory = AlignedMemory.Rent(7 * (nint)channels);
            double* sums = (double*)memory.Start;
            float* factors = memory.Start + (4 * channels);
            fixed (float* m = mean)
            {
                kernels.GradientSums(dy, y, x, m, rows, channels, sums, NativeMaps.Threads);
            }

            float* gamma = NativeMaps.Address(saved[2]);
            torch.Tensor weightGradient = torch.empty_like(saved[2]), biasGradient = torch.empty_like(saved[2]);
            float* gammaGradient = NativeMaps.Address(weightGradient), betaGradient = NativeMaps.Address(biasGradient);
            for (int c = 0; c < channels; c++)
            {
                double d = deviation[c], a = gamma[c] / d, b = -a * sums[channels + c] / (d * d * rows);
                (gammaGradient[c], betaGradient[c]) = ((float)(sums[channels + c] / d), (float)sums[c]);
                (factors[c], factors[channels + c]) = ((float)a, (float)b);
                factors[(2 * channels) + c] = (float)(-a * sums[c] / rows);
            }

            bool hasAddend = ctx.get_data(AddendKey) is true;
            torch.Tensor mapGradient = torch.empty_like(map);
            torch.Tensor? addendGradient = hasAddend ? torch.empty_like(map) : null;
            fixed (float* m = mean)
            {
                kernels.ApplyGradient(
                    dy, y, x, m, factors, NativeMaps.Address(mapGradient), addendGradient is null ?
                        null :
                        NativeMaps.Address(addendGradient), rows, channels, NativeMaps.Threads);
            }

            scope.Attach(grad_output);
            return HandedGradients.Of(
                NativeMaps.ChannelsFirst(mapGradient), weightGradient, biasGradient, addendGradient is null ?
                    null :
                    NativeMaps.ChannelsFirst(addendGradient), null, null);
        }
    }
}
