using SsMfar.Distributed;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>Ranks that are threads, with NCCL over tensors of the host as if they were on a GPU of each rank's own.</summary>
internal static class NcclRanks
{
    /// <summary>How long a device waits in tests whose ranks all come.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>This rank's group.</summary>
    public static NcclProcessGroup Over(
        IProcessGroup group,
        INccl? nccl,
        DeviceType type = DeviceType.CPU,
        int? device = null,
        string? obstacle = null,
        TimeSpan? timeout = null) => NcclProcessGroup.Over(group, type, device ?? group.Rank, nccl, obstacle, timeout ?? Long, Look);

    /// <summary>Does something on every rank, each on a thread of its own.</summary>
    public static async Task<T[]> RunAsync<T>(int ranks, Func<IProcessGroup, T> act)
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(ranks, Long)];
        return await Task.WhenAll(groups.Select(group => Task.Factory.StartNew(
            () => act(group), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    /// <summary>Does something on every rank with NCCL.</summary>
    public static Task<T[]> RunAsync<T>(int ranks, INccl nccl, Func<NcclProcessGroup, T> act, TimeSpan? timeout = null) => RunAsync(
        ranks,
        group =>
        {
            using NcclProcessGroup ranked = Over(group, nccl, timeout: timeout);
            ranked.Obstacle.Should().BeNull();
            return act(ranked);
        });
}
