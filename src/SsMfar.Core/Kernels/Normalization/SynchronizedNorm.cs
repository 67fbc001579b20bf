using SsMfar.Distributed;
using SsMfar.Kernels.Native;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation by the statistics of all ranks' rows together, as one process with all rows has them, by libtorch: for any device
/// and type.
/// </summary>
internal static class SynchronizedNorm
{
    /// <summary>The normalised map.</summary>
    /// <param name="norm">The normalisation, in training; its running statistics move on.</param>
    /// <param name="input">[N, C, H, W], N at least 1.</param>
    /// <param name="group">Whose rows count.</param>
    /// <returns>[N, C, H, W]; the caller's.</returns>
    public static torch.Tensor Apply(BatchNorm2d norm, torch.Tensor input, IProcessGroup group) =>
        Differentiable.apply(input, norm.weight!, norm.bias!, norm, group);

    private sealed class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string GroupKey = "group";
        private static readonly long[] Rows = [0, 2, 3];

        public override string Name => nameof(SynchronizedNorm);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            var (input, weight, bias) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1], (torch.Tensor)vars[2]);
            var (norm, group) = ((BatchNorm2d)vars[3], (IProcessGroup)vars[4]);
            long channels = input.size(1), rows = input.numel() / channels;
            torch.Tensor own = input.sum(Rows, type: torch.ScalarType.Float64) / Scalars.Of(rows);

            // From the mean as the map's type has it, then from the mean itself.
            torch.ScalarType wide = Wide(input);
            torch.Tensor near = own.to(wide);
            torch.Tensor distances = (input.to(wide) - Channels(near)).Squared().sum(Rows, type: torch.ScalarType.Float64)
                - ((own - near.to(torch.ScalarType.Float64)).Squared() * Scalars.Of(rows));
            torch.Tensor counted = torch.full([1], Scalars.Of(rows), torch.ScalarType.Float64, input.device);
            (torch.Tensor mean, torch.Tensor squares, torch.Tensor total) = RankMoments.Merge(own, distances, counted, group);
            torch.Tensor variance = squares / total;
            torch.Tensor result = torch.nn.functional.batch_norm(
                input, mean.to(weight.dtype), variance.to(weight.dtype), weight, bias, training: false, 0, norm.eps);
            Follow(norm, mean, squares / total.Plus(-1).clamp_min(Scalars.Of(1)));
            torch.Tensor deviation = variance.Plus(norm.eps).sqrt();
            ctx.save_for_backward([input, weight, mean.MoveToOuterDisposeScope(), deviation.MoveToOuterDisposeScope(),
                total.MoveToOuterDisposeScope()]);
            ctx.save_data(GroupKey, group);
            return result.MoveToOuterDisposeScope();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            List<torch.Tensor> saved = ctx.get_saved_variables();
            var (input, weight, mean, deviation, total) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
            var group = (IProcessGroup)ctx.get_data(GroupKey);
            long channels = input.size(1);

            torch.ScalarType wide = Wide(input);
            torch.Tensor gradient = grad_output.to(wide);
            torch.Tensor centred = input.to(wide) - Channels(mean.to(wide));
            torch.Tensor own = torch.cat([
                gradient.sum(Rows, type: torch.ScalarType.Float64), (gradient * centred).sum(Rows, type: torch.ScalarType.Float64)]);
            torch.Tensor sums = own.clone();
            group.AllReduce(sums);
            torch.Tensor means = sums / total;
            torch.Tensor slope = means.narrow(0, channels, channels) / deviation.Squared();
            torch.Tensor map = (gradient - Channels(means.narrow(0, 0, channels).to(wide)) - (centred * Channels(slope.to(wide))))
                * Channels((weight / deviation).to(wide));
            torch.Tensor weightGradient = own.narrow(0, channels, channels) / deviation;
            scope.Attach(grad_output);
            return HandedGradients.Of(
                map.to(input.dtype), weightGradient.to(weight.dtype), own.narrow(0, 0, channels).to(weight.dtype), null, null);
        }

        private static void Follow(BatchNorm2d norm, torch.Tensor mean, torch.Tensor variance)
        {
            double momentum = norm.momentum!.Value;
            norm.running_mean!.mul_(Scalars.Of(1 - momentum)).PlusInPlace(mean.to(norm.running_mean!.dtype) * Scalars.Of(momentum));
            norm.running_var!.mul_(Scalars.Of(1 - momentum)).PlusInPlace(variance.to(norm.running_var!.dtype) * Scalars.Of(momentum));
            norm.num_batches_tracked?.PlusInPlace(1);
        }

        // float32 maps stay that, their sums do not.
        private static torch.ScalarType Wide(torch.Tensor map) =>
            map.dtype == torch.ScalarType.Float64 ? torch.ScalarType.Float64 : torch.ScalarType.Float32;

        private static torch.Tensor Channels(torch.Tensor values) => values.view(1, -1, 1, 1);
    }
}
