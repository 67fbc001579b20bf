using System.Collections.Immutable;
using SsMfar.Distributed;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>Threads read each other's tensors, which live until all have.</summary>
public sealed class InProcessGroupTests
{
    [Theory]
    [InlineData("sum")]
    [InlineData("gathering")]
    [InlineData("broadcast")]
    public async Task An_end_lets_nobody_go_while_another_reads_what_it_shows(string call)
    {
        using ManualResetEventSlim reads = new(), goesOn = new();
        ImmutableArray<IProcessGroup> groups = InProcessGroup.Create(2, TimeSpan.FromMinutes(2), Slowly(reads, goesOn));
        Task<Exception>[] ends = [.. groups.Select(group => EndAsync(group, call))];
        reads.Wait();

        groups[1].Abort(new InvalidOperationException("enough"));
        await Task.WhenAny(ends[0], Task.Delay(500));
        bool left = ends[0].IsCompleted;
        goesOn.Set();

        left.Should().BeFalse();
        (await Task.WhenAll(ends)).Should().AllBeOfType<ProcessGroupException>().And.OnlyContain(end => end.Message.Contains("enough"));
    }

    [Fact]
    public async Task A_rank_that_does_not_end_reading_is_given_up_and_named()
    {
        using ManualResetEventSlim reads = new(), goesOn = new();
        ImmutableArray<IProcessGroup> groups = InProcessGroup.Create(2, TimeSpan.FromSeconds(1.5), Slowly(reads, goesOn));
        Task<Exception>[] ends = [.. groups.Select(group => EndAsync(group, "sum"))];

        Exception end = await ends[0];
        goesOn.Set();
        await ends[1];

        end.Should().BeOfType<ProcessGroupException>().Which.Message.Should().Contain("1.5 s for rank 1, which did not come");
    }

    private static Action<int> Slowly(ManualResetEventSlim reads, ManualResetEventSlim goesOn) => rank =>
    {
        if (rank == 1)
        {
            reads.Set();
            goesOn.Wait();
        }
    };

    // Threads of their own: the pool may start the second task late.
    private static Task<Exception> EndAsync(IProcessGroup group, string call) => Task.Factory.StartNew(
        () => Record.Exception(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor own = torch.ones(3);
            switch (call)
            {
                case "sum":
                    group.AllReduce(own);
                    break;
                case "gathering":
                    group.AllGather(own, torch.zeros(2, 3));
                    break;
                default:
                    group.Broadcast(own, root: 0);
                    break;
            }
        })!,
        TaskCreationOptions.LongRunning);
}
