using SsMfar.Distributed;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>
/// Through the real calls, into a library of the tests that follows NCCL's header: what ranks exchange is what ranks that are threads
/// exchange without it, bit for bit, and what fails says what to do.
/// </summary>
public sealed class NcclExchangeTests(NcclStandIn standIn) : IClassFixture<NcclStandIn>
{
    private static readonly torch.ScalarType[] Summed =
        [torch.ScalarType.Float32, torch.ScalarType.Float64, torch.ScalarType.Int64, torch.ScalarType.BFloat16];

    private static readonly torch.ScalarType[] Moved = [.. Summed, torch.ScalarType.Bool, torch.ScalarType.Float16, torch.ScalarType.Int16];

    [RequiresTool("gcc")]
    public async Task Sums_are_those_of_threads_bit_for_bit()
    {
        foreach (int ranks in new[] { 1, 2, 3 })
        {
            foreach (torch.ScalarType type in Summed)
            {
                foreach (int numbers in new[] { 1, 2, 1001 })
                {
                    byte[][] sums = await BothAsync(ranks, group =>
                    {
                        using torch.Tensor tensor = Numbers(type, numbers, group.Rank);
                        group.AllReduce(tensor);
                        return tensor.bytes.ToArray();
                    });

                    sums.Should().OnlyContain(bytes => bytes.SequenceEqual(sums[0]), $"{ranks} ranks, {type}, {numbers}");
                }
            }
        }
    }

    [RequiresTool("gcc")]
    public async Task Any_type_is_gathered_and_broadcast_from_any_rank_bit_for_bit()
    {
        foreach (torch.ScalarType type in Moved)
        {
            for (int root = 0; root < 3; root++)
            {
                int from = root;
                byte[][] moved = await BothAsync(3, group =>
                {
                    using DisposeScope scope = torch.NewDisposeScope();

                    // A part of a larger tensor, which begins somewhere in its memory.
                    torch.Tensor own = Numbers(type, 30, group.Rank).view(3, 10)[group.Rank];
                    torch.Tensor gathered = torch.zeros([3, 10], type);
                    group.AllGather(own, gathered);
                    group.Broadcast(own, from);
                    group.Barrier();
                    return (byte[])[.. gathered.bytes, .. own.bytes];
                });

                moved.Should().OnlyContain(bytes => bytes.SequenceEqual(moved[0]), $"{type} from {root}");
            }
        }
    }

    [RequiresTool("gcc")]
    public async Task Numbers_and_scalars_without_any_are_nothing_to_exchange()
    {
        float[] sums = await NcclRanks.RunAsync(2, standIn.Library, group =>
        {
            using torch.Tensor none = torch.zeros([0]), gathered = torch.zeros([2, 0]), one = torch.tensor(1f + group.Rank);
            group.AllReduce(none);
            group.AllGather(none, gathered);
            group.Broadcast(none, 1);
            group.AllReduce(one);
            return one.item<float>();
        });

        sums.Should().Equal(3, 3);
    }

    [RequiresTool("gcc")]
    public async Task Each_call_is_made_on_the_ranks_own_device_whichever_was_the_threads()
    {
        int[] after = await NcclRanks.RunAsync(3, standIn.Library, group =>
        {
            using torch.Tensor tensor = torch.ones(3);
            standIn.CurrentDevice = 5;
            group.AllReduce(tensor);
            standIn.CurrentDevice = 6;
            group.AllReduce(tensor);
            return standIn.CurrentDevice;
        });

        after.Should().Equal(0, 1, 2);
    }

    [RequiresTool("gcc")]
    public async Task Nothing_is_left_when_ranks_leave()
    {
        (int Communicators, int Events)[] during = await NcclRanks.RunAsync(2, standIn.Library, group =>
        {
            group.Barrier();
            (int, int) there = (standIn.Communicators, standIn.Events);
            group.Barrier();
            group.Dispose();
            using torch.Tensor one = torch.ones(1);
            group.Invoking(left => left.AllReduce(one)).Should().Throw<ObjectDisposedException>();
            return there;
        });

        during.Should().AllBeEquivalentTo((2, 2));
        standIn.Communicators.Should().Be(0);
        standIn.Events.Should().Be(0);
    }

    [RequiresTool("gcc")]
    public async Task Ranks_that_ask_for_different_things_hear_what_NCCL_says_and_what_to_do()
    {
        string[] ends = await NcclRanks.RunAsync(2, standIn.Library, group =>
        {
            using torch.Tensor tensor = torch.ones(3 + group.Rank);
            ProcessGroupException first = group.Invoking(ranks => ranks.AllReduce(tensor)).Should().Throw<ProcessGroupException>().Which;
            group.Invoking(ranks => ranks.AllReduce(tensor)).Should().Throw<ProcessGroupException>().Which.Should()
                .BeSameAs(first, "ranks that are out of step exchange nothing more");
            return first.Message;
        });

        ends.Should().AllBe(
            "NCCL 2.27.3 could not begin a sum: invalid argument (ranks ask for different things). See what NCCL says when NCCL_DEBUG is " +
            "WARN, or set SSMFAR_NCCL_LIBRARY=none: what GPUs exchange then goes by way of the host.");
    }

    [RequiresTool("gcc")]
    public async Task A_rank_that_ends_the_run_ends_the_calls_that_wait_for_it()
    {
        string[] ends = await NcclRanks.RunAsync(2, standIn.Library, group =>
        {
            using torch.Tensor tensor = torch.ones(3);
            if (group.Rank == 0)
            {
                Thread.Sleep(300);
                group.Abort(new InvalidOperationException("it has had enough."));
            }

            string end = group.Invoking(ranks => ranks.AllReduce(tensor)).Should().Throw<ProcessGroupException>().Which.Message;
            group.Invoking(ranks => ranks.Barrier()).Should().Throw<ProcessGroupException>();
            return end;
        });

        ends[0].Should().Be("Rank 0 of 2 ended the run: it has had enough. See what that rank says.");
        ends[1].Should().StartWith("NCCL 2.27.3 could not begin a sum: remote process exited").And.Contain("See what the other ranks say");
    }

    [RequiresTool("gcc")]
    public async Task A_call_that_the_other_ranks_do_not_come_to_ends_all_after_the_wait_that_was_given()
    {
        string[] ends = await NcclRanks.RunAsync(
            2,
            standIn.Library,
            group =>
            {
                using torch.Tensor tensor = torch.ones(3);
                Action<IProcessGroup> call = group.Rank == 0 ? ranks => ranks.AllReduce(tensor) : ranks => ranks.Barrier();
                return group.Invoking(call).Should().Throw<ProcessGroupException>().Which.Message;
            },
            timeout: TimeSpan.FromSeconds(0.5));

        ends[0].Should().Be("it waited 0.5 s for a sum, which did not come. See what holds the other ranks up, or wait longer.");
        ends[1].Should().StartWith("Rank 0 of 2 ended the run: it waited 0.5 s for a sum, which did not come.");
    }

    [RequiresTool("gcc")]
    public async Task A_run_learns_with_it_what_it_learns_without()
    {
        foreach (GradientFormat format in new[] { GradientFormat.Full, GradientFormat.BFloat16 })
        {
            TrainingResult[] results = await Task.WhenAll(
            [
                .. InProcessGroup.Create(2, NcclRanks.Long).Select(group => FitAsync(group, format)),
                .. InProcessGroup.Create(2, NcclRanks.Long).Select(group => Task.Run(async () =>
                {
                    using NcclProcessGroup ranks = NcclRanks.Over(group, standIn.Library);
                    return await FitAsync(ranks, format);
                })),
            ]);

            results.Should().OnlyContain(result => RankedRuns.Difference(result.Model, results[0].Model) == 0);
            Array.ForEach(results, result => result.Dispose());
        }
    }

    // With overlapping asked for, of which NCCL has none: it opens no channel.
    private static Task<TrainingResult> FitAsync(IProcessGroup group, GradientFormat format) => RankedRuns
        .Small(options => (options.Distributed.GradientFormat, options.Distributed.OverlapBackward) = (format, true))
        .Configure(options => options.Distributed.SynchronizeBatchNorm = true)
        .UseProcessGroup(group).Build().FitAsync(RankedRuns.Faces);

    // Without NCCL, then with it: the bytes of all ranks.
    private async Task<byte[][]> BothAsync(int ranks, Func<IProcessGroup, byte[]> act) =>
        [.. await NcclRanks.RunAsync(ranks, act), .. await NcclRanks.RunAsync(ranks, standIn.Library, act)];

    private static torch.Tensor Numbers(torch.ScalarType type, int count, int rank)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor numbers = torch.arange(Scalars.Of(count), torch.ScalarType.Float64);
        torch.Tensor scaled = (numbers * Scalars.Of(rank + 1)).Plus(rank).remainder(Scalars.Of(101)) *
            Scalars.Of(type == torch.ScalarType.Int64 ? 3 : 0.37);
        return scaled.to(type, copy: true).MoveToOuterDisposeScope();
    }
}
