using System.Diagnostics;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>A group that counts what a rank hands over, and how long it waits.</summary>
/// <param name="group">Stays its owner's.</param>
internal sealed class CountedGroup(IProcessGroup group) : IProcessGroup
{
    public int Rank => group.Rank;

    public int Size => group.Size;

    /// <summary>Gets how many bytes this rank gave to sums, gatherings and broadcasts.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gets how many calls there were.</summary>
    public long Calls { get; private set; }

    /// <summary>Gets the ticks of <see cref="Stopwatch"/> that passed in calls.</summary>
    public long Ticks { get; private set; }

    public void AllReduce(torch.Tensor tensor)
    {
        long start = Stopwatch.GetTimestamp();
        group.AllReduce(tensor);
        Count(tensor, start);
    }

    public void AllGather(torch.Tensor tensor, torch.Tensor gathered)
    {
        long start = Stopwatch.GetTimestamp();
        group.AllGather(tensor, gathered);
        Count(tensor, start);
    }

    public void Broadcast(torch.Tensor tensor, int root)
    {
        long start = Stopwatch.GetTimestamp();
        group.Broadcast(tensor, root);
        Count(tensor, start);
    }

    public void Barrier()
    {
        long start = Stopwatch.GetTimestamp();
        group.Barrier();
        Count(null, start);
    }

    public void Abort(string cause) => group.Abort(cause);

    public void Dispose()
    {
    }

    private void Count(torch.Tensor? tensor, long start)
    {
        Ticks += Stopwatch.GetTimestamp() - start;
        Bytes += tensor is null ? 0 : tensor.numel() * tensor.ElementSize;
        Calls++;
    }
}
