using SsMfar.Kernels.Marks;
using SsMfar.Kernels.Normalization;
using SsMfar.Models;
using SsMfar.Randomness;
using TorchSharp;

namespace SsMfar.Training;

/// <content>The forward pass of a batch that several ranks go through together.</content>
internal sealed partial class TrainingStep
{
    // Every number is drawn as in one process that has all rows; a rank makes those views alone that it goes through, or mixes with.
    private (TaskOutputs Outputs, TaskOutputs? Taught, MixedRows? Mixed) Forward(
        RunRanks ranks, int[] rows, long[] strong, int epoch, RandomKey key, bool isLast)
    {
        RowShare share = ranks.Share(rows.Length, strong.Length, Statistics);
        MixPlan? plan = DrawMix(rows, epoch, key.Fold(RandomStreams.Mixup));
        int[] own = [.. Enumerable.Range(share.Start, share.Count)];
        int[] others = plan is null ? [] : [.. own.Select(place => plan.Partners[place]).Except(own)];
        torch.Tensor images = Images.Build(rows, strong, key, [.. own, .. others], share.StrongStart, share.StrongCount);
        TaskOutputs? taught = Teach(images, own.Length) is { } estimates ? ranks.GatherWeak(estimates, share) : null;
        if (plan is not null)
        {
            int[] places = [.. own, .. others];
            using var noGradient = torch.no_grad();
            torch.Tensor partners = images.index_select(
                0, AllIndices(own.Select(place => Array.IndexOf(places, plan.Partners[place]))));
            images.narrow(0, 0, own.Length).lerp_(partners, 1 - plan.Lambda);
            if (others.Length > 0)
            {
                torch.Tensor views = images.narrow(0, places.Length, share.StrongCount);
                images = ChannelsLast.Convert(torch.cat([images.narrow(0, 0, own.Length), views]));
            }
        }

        Model.Share = share;
        try
        {
            using GradientMark.Listening listening = isLast ? ranks.ListenTo(Model) : GradientMark.Listen(null);
            using SharedStatistics.Sharing sharing = SharedStatistics.Over(ranks.SharedStatistics);
            return (ranks.Gather(Call(images, own.Length, key), share), taught, plan is null ? null : OnDevice(plan));
        }
        finally
        {
            Model.Share = null;
        }
    }
}
