using System.Diagnostics;
using SsMfar.Distributed;
using SsMfar.Kernels.Marks;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// The ranks that one run is spread over. Each goes through its rows of every batch; the outputs, a few numbers a row, are gathered, and
/// every rank computes the same objective of the whole batch from them. What is a statistic of a batch is therefore that of the global one,
/// whatever loss or policy asks for it, and a rank's gradients are its rows' part of the whole, so that their sum is taken.
/// </summary>
internal sealed class RunRanks : IDisposable
{
    private readonly IProcessGroup _uncounted;
    private readonly CountedGroup _group;
    private readonly TensorBuckets _statistics;
    private GradientExchange? _gradients;
    private long _ticks;

    /// <param name="group">Of two ranks or more; stays its owner's.</param>
    /// <param name="options">How they work together.</param>
    public RunRanks(IProcessGroup group, DistributedOptions options)
    {
        Options = options;
        _uncounted = group;
        _group = new(group);
        _statistics = new(_group, options.BucketMegabytes * 1_000_000L);
    }

    public DistributedOptions Options { get; }

    /// <summary>Gets the group, which counts what goes through it.</summary>
    public CountedGroup Group => _group;

    public int Rank => _group.Rank;

    public int Size => _group.Size;

    /// <summary>Gets whether this is the rank that writes files and reports.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Gets whether all ranks agreed to stop, so that nobody waits for another.</summary>
    public bool StoppedTogether { get; private set; }

    /// <summary>Gets with whom passes share batch statistics, or null.</summary>
    public IProcessGroup? SharedStatistics => Options.SynchronizeBatchNorm ? _group : null;

    /// <summary>Gets the least number of rows that a batch must have.</summary>
    public int LeastRows => Size * (Options.SynchronizeBatchNorm ? 1 : 2);

    /// <summary>The seconds that passed in exchanges since the last call of this.</summary>
    public double TakeWaited()
    {
        long ticks = _group.Ticks - _ticks;
        _ticks = _group.Ticks;
        return (double)ticks / Stopwatch.Frequency;
    }

    /// <summary>Does a part of work that may take longer than a call of another may wait; all ranks come back together.</summary>
    /// <param name="work">This rank's part.</param>
    /// <param name="cancellationToken">Stops all ranks.</param>
    /// <exception cref="OperationCanceledException">A rank was to stop.</exception>
    public T? WorkLong<T>(Func<CancellationToken, T?> work, CancellationToken cancellationToken)
        where T : class, IDisposable
    {
        // What is exchanged meanwhile is no part of what a step costs.
        bool stopped = false;
        try
        {
            return LongWork.Do(_uncounted, work, out stopped, cancellationToken);
        }
        catch
        {
            // Here, not in a finally block: those run after the filters of whoever catches it.
            StoppedTogether = stopped;
            throw;
        }
    }

    /// <summary>Whether any rank is to stop; all say so alike.</summary>
    public bool Stop(bool here)
    {
        StoppedTogether = _group.Any(here);
        return StoppedTogether;
    }

    /// <summary>The share of this rank.</summary>
    /// <param name="rows">The rows of the whole batch.</param>
    /// <param name="strong">The strong views of the whole batch.</param>
    /// <param name="statistics">Which rows share batch statistics.</param>
    public RowShare Share(int rows, int strong, BatchStatistics statistics) => RowShare.Of(
        rows, strong, Rank, Size, Options.SynchronizeBatchNorm && statistics == BatchStatistics.WeakViews);

    /// <summary>
    /// The outputs for the whole batch, the same bits on every rank. The gradient of this rank's rows reaches the outputs given here.
    /// </summary>
    /// <param name="own">The outputs for this rank's weak views, then its strong ones.</param>
    /// <param name="share">Which they are.</param>
    /// <returns>[N + S, K] a task; the current scope owns them.</returns>
    public TaskOutputs Gather(TaskOutputs own, RowShare share) =>
        new(own.Names, [.. own.Names.Select(task => Gather(own[task], share))]);

    /// <summary>The outputs for all weak views, without gradient.</summary>
    public TaskOutputs GatherWeak(TaskOutputs own, RowShare share) => Gather(own, share with { Strong = 0, StrongCount = 0 });

    /// <summary>
    /// Starts to sum the gradients of this thread's forward passes as the backward pass completes them, until disposed; after a pass that
    /// is not the last of a step gradients are not complete, and nobody may listen to it.
    /// </summary>
    public GradientMark.Listening ListenTo(MultiTaskModel model) => GradientMark.Listen(Gradients(model));

    /// <summary>Sums the gradients, of which each rank has a part, and takes the mean of batch statistics that are a rank's own.</summary>
    /// <param name="model">The model.</param>
    public void Reduce(MultiTaskModel model)
    {
        Gradients(model).Finish();
        if (Options.SynchronizeBatchNorm)
        {
            return;
        }

        torch.Tensor[] statistics =
        [
            .. model.modules().OfType<TorchSharp.Modules.NormBase>().Where(norm => norm.training)
                .SelectMany(norm => new[] { norm.running_mean, norm.running_var }).OfType<torch.Tensor>(),
        ];
        if (statistics.Length > 0)
        {
            _statistics.Reduce(statistics, 1.0 / Size);
        }
    }

    public void Dispose()
    {
        _gradients?.Dispose();
        _statistics.Dispose();
    }

    // One model a run.
    private GradientExchange Gradients(MultiTaskModel model) => _gradients ??= new(_group, model, Options);

    private torch.Tensor Gather(torch.Tensor own, RowShare share)
    {
        RowShare[] shares =
        [
            .. Enumerable.Range(0, Size).Select(rank => RowShare.Of(share.Rows, share.Strong, rank, Size, share.StrongEverywhere)),
        ];
        int most = shares.Max(other => other.Count + other.StrongCount);
        torch.Tensor all;
        using (torch.no_grad())
        {
            torch.Tensor padded = torch.zeros([most, own.size(1)], own.dtype, own.device);
            padded.narrow(0, 0, own.size(0)).copy_(own.detach());
            torch.Tensor gathered = torch.empty([Size, most, own.size(1)], own.dtype, own.device);
            _group.AllGather(padded, gathered);
            long[] places =
            [
                .. shares.SelectMany((other, rank) => Enumerable.Range(0, other.Count).Select(i => ((long)rank * most) + i)),
                .. share.StrongEverywhere
                    ? Enumerable.Range(shares[0].Count, share.Strong).Select(i => (long)i)
                    : shares.SelectMany((other, rank) =>
                        Enumerable.Range(other.Count, other.StrongCount).Select(i => ((long)rank * most) + i)),
            ];
            all = gathered.view(-1, own.size(1)).index_select(0, Transfers.ToDevice(places, [places.Length], own.device));
        }

        // A view of all ranks counts once; the others' passes still end together, with a gradient of 0.
        bool countsStrong = share.StrongCount > 0 && (!share.StrongEverywhere || IsFirst);
        long[] mine =
        [
            .. Enumerable.Range(share.Start, share.Count).Select(place => (long)place),
            .. countsStrong ? Enumerable.Range(share.Rows + share.StrongStart, share.StrongCount).Select(place => (long)place) : [],
        ];
        torch.Tensor indices = Transfers.ToDevice(mine, [mine.Length], own.device);
        if (countsStrong || share.StrongCount == 0)
        {
            return all.index_copy(0, indices, own);
        }

        torch.Tensor whole = all.index_copy(0, indices, own.narrow(0, 0, share.Count));
        return whole.Plus((own.narrow(0, share.Count, share.StrongCount) * Scalars.Of(0)).sum());
    }
}
