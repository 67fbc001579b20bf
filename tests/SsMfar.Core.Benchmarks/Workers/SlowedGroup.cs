using SsMfar.Distributed;
using TorchSharp;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// Ranks between which sums take, beside their work, as long as a ring of links of some speed: a network that is not here.
/// </summary>
internal sealed class SlowedGroup(IProcessGroup group, double gigabits) : IProcessGroup
{
    public int Rank => group.Rank;

    public int Size => group.Size;

    public void AllReduce(torch.Tensor tensor)
    {
        group.AllReduce(tensor);
        double seconds = RankModel.Ring(Size, tensor.numel() * tensor.ElementSize, new(0, 8e-9 / gigabits));
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
    }

    public void AllGather(torch.Tensor tensor, torch.Tensor gathered) => group.AllGather(tensor, gathered);

    public void Broadcast(torch.Tensor tensor, int root) => group.Broadcast(tensor, root);

    public void Barrier() => group.Barrier();

    public void Abort(Exception cause) => group.Abort(cause);

    public IProcessGroup? OpenChannel(Func<bool> isAwaited) =>
        group.OpenChannel(isAwaited) is { } channel ? new SlowedGroup(channel, gigabits) : null;

    public void Dispose() => group.Dispose();
}
