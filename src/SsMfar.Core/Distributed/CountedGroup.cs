using System.Diagnostics;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>A group that counts what a rank hands over, and how long it waits.</summary>
/// <param name="group">Stays its owner's.</param>
internal sealed class CountedGroup(IProcessGroup group) : IProcessGroup
{
    private readonly List<CountedGroup> _channels = [];
    private long _bytes;
    private long _calls;

    public int Rank => group.Rank;

    public int Size => group.Size;

    /// <summary>Gets how many bytes this rank gave to sums, gatherings and broadcasts, its channels' among them.</summary>
    public long Bytes => _channels.Sum(channel => channel.Bytes) + Interlocked.Read(ref _bytes);

    /// <summary>Gets how many calls there were, its channels' among them.</summary>
    public long Calls => _channels.Sum(channel => channel.Calls) + Interlocked.Read(ref _calls);

    /// <summary>Gets the ticks of <see cref="Stopwatch"/> that passed in calls of this rank's own thread.</summary>
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

    public void Abort(Exception cause) => group.Abort(cause);

    public IProcessGroup? OpenChannel(Func<bool> isAwaited)
    {
        if (group.OpenChannel(isAwaited) is not { } opened)
        {
            return null;
        }

        CountedGroup channel = new(opened);
        _channels.Add(channel);
        return channel;
    }

    /// <summary>Waits for something that another thread exchanges, as one waits in a call.</summary>
    public void Wait(Action wait)
    {
        long start = Stopwatch.GetTimestamp();
        wait();
        Ticks += Stopwatch.GetTimestamp() - start;
    }

    public void Dispose()
    {
    }

    private void Count(torch.Tensor? tensor, long start)
    {
        Ticks += Stopwatch.GetTimestamp() - start;
        Interlocked.Add(ref _bytes, tensor is null ? 0 : tensor.numel() * tensor.ElementSize);
        Interlocked.Increment(ref _calls);
    }
}
