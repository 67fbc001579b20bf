using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Imaging;
using SsMfar.Tests.Data;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>While one rank decodes the others know that it does, for as long as it takes, and hear what ends it.</summary>
public sealed class RankWorkTests : IDisposable
{
    // Many more than are opened at once.
    private static readonly int Rows = 40 * Environment.ProcessorCount;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rank_that_decodes_is_heard_of_all_along(bool sharesFolder)
    {
        bool wasHeard = false;
        Ranks ranks = new(2);
        Images first = new(() => wasHeard = ranks.AreHeard(rank: 1, times: 5));

        TrainingResult[] results = await Task.WhenAll(ranks.Groups.Select(
            group => FitAsync(group, group.Rank == 0 ? first : new Images(), sharesFolder)));

        wasHeard.Should().BeTrue();
        results[1].BestEpoch.Should().Be(results[0].BestEpoch);
        Array.ForEach(results, result => result.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rank_that_is_to_stop_while_another_decodes_stops_all(bool sharesFolder)
    {
        using CancellationTokenSource second = new();
        Ranks ranks = new(2);
        Images first = new(() =>
        {
            if (ranks.AreHeard(rank: 1, times: 3))
            {
                second.Cancel();
            }

            // Else the rest would be decoded before it hears of that.
            Thread.Sleep(200);
        });

        Exception?[] ends = await Task.WhenAll(ranks.Groups.Select(group => Record.ExceptionAsync(() => FitAsync(
            group, group.Rank == 0 ? first : new Images(), sharesFolder, group.Rank == 0 ? CancellationToken.None : second.Token))));

        ends.Should().AllBeAssignableTo<OperationCanceledException>();
        first.Opened.Should().BeLessThan(Rows);
    }

    [Fact]
    public async Task A_rank_that_fails_while_others_decode_ends_them_and_is_named()
    {
        Ranks ranks = new(2);
        Images slow = new(() => Thread.Sleep(200));

        Exception?[] ends = await Task.WhenAll(ranks.Groups.Select(group => Record.ExceptionAsync(() => FitAsync(
            group, group.Rank == 0 ? new Images(() => throw new InvalidOperationException("the disk is gone")) : slow, false))));

        ends[0].Should().NotBeOfType<ProcessGroupException>();
        ends[1].Should().BeOfType<ProcessGroupException>().Which.Message.Should().StartWith("Rank 0 of 2 ended the run: ").And
            .Contain("the disk is gone");
        slow.Opened.Should().BeLessThan(Rows);
    }

    [Fact]
    public async Task A_failure_does_not_wait_for_a_rank_that_does_not_come()
    {
        Ranks ranks = new(2);

        Task<Exception?> end = Task.Factory.StartNew(
            () => (Exception?)Record.Exception(() => LongWork.Do<Made>(
                ranks.Groups[0],
                _ =>
                {
                    ranks.IsWaiting(rank: 0).Should().BeTrue();
                    throw new InvalidOperationException("the disk is gone");
                },
                out _,
                CancellationToken.None)),
            TaskCreationOptions.LongRunning);

        (await Task.WhenAny(end, Task.Delay(TimeSpan.FromMinutes(1)))).Should().Be(end, "the group waits for two");
        (await end).Should().BeOfType<InvalidOperationException>();
    }

    [Fact]
    public void What_a_rank_made_is_disposed_where_another_was_to_stop()
    {
        using CancellationTokenSource second = new();
        second.Cancel();
        Ranks ranks = new(2);
        Made made = new();

        Exception?[] ends = new Exception?[2];
        Thread[] threads =
        [
            .. Enumerable.Range(0, 2).Select(rank => new Thread(() => ends[rank] = Record.Exception(() => LongWork.Do(
                ranks.Groups[rank], _ => rank == 0 ? made : null, out _, rank == 0 ? CancellationToken.None : second.Token)))),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        ends.Should().AllBeOfType<OperationCanceledException>();
        made.Disposals.Should().Be(1);
    }

    private Task<TrainingResult> FitAsync(
        IProcessGroup group, IImageSource images, bool sharesFolder, CancellationToken cancellationToken = default)
    {
        MultiTaskTrainerBuilder builder = RankedRuns.Small(options => options.BatchSize = 20).UseProcessGroup(group);
        return (sharesFolder ? builder.UseImageCache(_folder.File("cache")) : builder).Build()
            .FitAsync(new AffectDataset(TinyFaces.Annotations(Rows), images), cancellationToken: cancellationToken);
    }

    /// <summary>Ranks of which it is known how often each takes part in a sum.</summary>
    private sealed class Ranks
    {
        private readonly int[] _begun;
        private readonly int[] _sums;

        public Ranks(int size)
        {
            (_begun, _sums) = (new int[size], new int[size]);
            Groups = [.. InProcessGroup.Create(size, TimeSpan.FromMinutes(2)).Select(group => new Heard(group, _begun, _sums))];
        }

        public IProcessGroup[] Groups { get; }

        public bool AreHeard(int rank, int times) =>
            SpinWait.SpinUntil(() => Volatile.Read(ref _sums[rank]) >= times, TimeSpan.FromSeconds(20));

        public bool IsWaiting(int rank) =>
            SpinWait.SpinUntil(() => Volatile.Read(ref _begun[rank]) > Volatile.Read(ref _sums[rank]), TimeSpan.FromSeconds(20));

        private sealed class Heard(IProcessGroup group, int[] begun, int[] sums) : IProcessGroup
        {
            public int Rank => group.Rank;

            public int Size => group.Size;

            public void AllReduce(torch.Tensor tensor)
            {
                Interlocked.Increment(ref begun[Rank]);
                group.AllReduce(tensor);
                Interlocked.Increment(ref sums[Rank]);
            }

            public void AllGather(torch.Tensor tensor, torch.Tensor gathered) => group.AllGather(tensor, gathered);

            public void Broadcast(torch.Tensor tensor, int root) => group.Broadcast(tensor, root);

            public void Barrier() => group.Barrier();

            public void Abort(Exception cause) => group.Abort(cause);

            public void Dispose()
            {
            }
        }
    }

    /// <summary>The faces, with something done before each is opened.</summary>
    private sealed class Images(Action? before = null) : IImageSource
    {
        private readonly TinyFaces.Images _images = new();
        private int _opened;

        public int Opened => Volatile.Read(ref _opened);

        public Stream Open(string name)
        {
            Interlocked.Increment(ref _opened);
            before?.Invoke();
            return _images.Open(name);
        }

        public bool Exists(string name) => _images.Exists(name);

        public ImageStamp? GetStamp(string name) => _images.GetStamp(name);

        public string Describe(string name) => _images.Describe(name);

        public void Dispose() => _images.Dispose();
    }

    private sealed class Made : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
