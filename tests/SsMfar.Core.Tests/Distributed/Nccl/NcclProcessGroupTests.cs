using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>
/// What goes to NCCL and how, as rank 1 of 3 asks for it; what goes to the group around which it is; and how they are told. The host's
/// tensors stand for a GPU's, and those without memory for the host's.
/// </summary>
public sealed class NcclProcessGroupTests : IDisposable
{
    private const string Queue = "77 on 4, stream 0";
    private const string Mark = "Mark 88 on 4, stream 0";

    private readonly RecordingNccl _nccl = new();
    private readonly RecordingGroup _group = new();

    public void Dispose() => _group.Dispose();

    [Theory]
    [InlineData(torch.ScalarType.Int64, 4)]
    [InlineData(torch.ScalarType.Float32, 7)]
    [InlineData(torch.ScalarType.Float64, 8)]
    public void Sums_are_NCCLs_own_of_the_type_in_place_on_the_stream_that_libtorch_uses(torch.ScalarType type, int code)
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros([3, 5], type);

        ranks.AllReduce(tensor);

        Asked().Should().Equal($"AllReduce 15 of {code} by 0 in place, {Queue}", Mark);
        _group.Calls.Should().Equal("AllGather Byte", "Broadcast Byte from 0");
    }

    [Fact]
    public void Sums_of_bfloat16_are_parts_for_each_rank_and_their_rounded_sums_for_all()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros([7], torch.ScalarType.BFloat16);

        ranks.AllReduce(tensor);

        // Seven numbers are three parts of three, of six bytes.
        Asked().Should().Equal(
            "GroupStart",
            $"Send 6 of 1 to 0, {Queue}", $"Recv 6 of 1 from 0, {Queue}",
            $"Send 6 of 1 to 1, {Queue}", $"Recv 6 of 1 from 1, {Queue}",
            $"Send 6 of 1 to 2, {Queue}", $"Recv 6 of 1 from 2, {Queue}",
            "GroupEnd", Mark, $"AllGather 6 of 1, {Queue}", Mark);
    }

    [Fact]
    public void What_is_gathered_and_broadcast_goes_by_bytes()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros([5], torch.ScalarType.Int16), gathered = torch.zeros([3, 5], torch.ScalarType.Int16);

        ranks.AllGather(tensor, gathered);
        ranks.Broadcast(gathered, 2);

        Asked().Should().Equal($"AllGather 10 of 1, {Queue}", Mark, $"Broadcast 30 of 1 in place from 2, {Queue}", Mark);
    }

    [Fact]
    public void What_is_not_on_a_GPU_goes_through_the_group_as_does_what_is_of_no_tensor()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor host = torch.zeros(2, device: torch.META), all = torch.zeros([3, 2], device: torch.META);

        ranks.AllReduce(host);
        ranks.AllGather(host, all);
        ranks.Broadcast(host, 2);
        ranks.Barrier();

        _group.Calls.Skip(2).Should().Equal("AllReduce Float32", "AllGather Float32", "Broadcast Float32 from 2", "Barrier");
        Asked().Should().Equal("Synchronize 4");
        (ranks.Rank, ranks.Size, ranks.Version, ranks.Obstacle).Should().Be((1, 3, new Version(2, 99, 1), null));
    }

    [Fact]
    public void Ranks_join_by_the_id_of_rank_0_on_their_own_device()
    {
        Joined().Dispose();

        _nccl.Calls.Should().StartWith("CommInitRank rank 1 of 3 on 4");
        _nccl.Joined.Should().Equal(Enumerable.Range(0, 128).Select(i => (byte)i));
        _nccl.Calls.Skip(1).Should().Equal("Synchronize 4", "CommDestroy 77 on 4", "Unmark 88");
        _group.Calls.Should().NotContain("Dispose", "it stays its owner's");
    }

    [Fact]
    public void A_second_order_of_exchanges_is_refused_where_it_could_stand_against_the_first()
    {
        using NcclProcessGroup ranks = Joined(), without = Without("there is no libnccl.so.2");

        ranks.OpenChannel(() => true).Should().BeNull();
        without.OpenChannel(() => true).Should().BeSameAs(_group);
    }

    [Fact]
    public void Without_NCCL_everything_goes_through_the_group_and_it_says_why()
    {
        using NcclProcessGroup ranks = Without("there is no libnccl.so.2");
        using torch.Tensor tensor = torch.zeros(2), all = torch.zeros(3, 2);

        ranks.AllReduce(tensor);
        ranks.AllGather(tensor, all);
        ranks.Broadcast(tensor, 2);
        ranks.Barrier();
        ranks.Abort(new InvalidOperationException("enough"));

        _group.Calls.Skip(1).Should().Equal(
            "AllReduce Float32", "AllGather Float32", "Broadcast Float32 from 2", "Barrier", "Abort enough");
        ranks.Obstacle.Should().StartWith("rank 0: there is no libnccl.so.2");
        ranks.Version.Should().BeNull();
    }

    [Fact]
    public async Task One_rank_that_cannot_is_enough_for_none_to_and_each_knows_which()
    {
        (string?, float)[] ranks = await NcclRanks.RunAsync(3, group =>
        {
            using NcclProcessGroup ranked = NcclRanks.Over(
                group, group.Rank == 2 ? null : _nccl, obstacle: group.Rank == 2 ? "there is no libnccl.so.2" : null);
            return (ranked.Obstacle, Sum(ranked));
        });

        ranks.Should().AllBeEquivalentTo(("rank 2: there is no libnccl.so.2", 3f));
        _nccl.Calls.Should().BeEmpty();
    }

    [Fact]
    public async Task Ranks_that_share_a_GPU_go_by_the_host()
    {
        (string?, float)[] ranks = await NcclRanks.RunAsync(3, group =>
        {
            using NcclProcessGroup ranked = NcclRanks.Over(group, _nccl, device: group.Rank % 2);
            return (ranked.Obstacle, Sum(ranked));
        });

        ranks.Should().AllBeEquivalentTo(("rank 2: it has the GPU that rank 0 has", 3f));
    }

    [Fact]
    public void A_device_that_CUDA_does_not_know_is_an_obstacle()
    {
        _nccl.Results["GetPciBusId"] = 101;

        using NcclProcessGroup ranks = Joined();

        ranks.Obstacle.Should().StartWith("rank 0: CUDA does not say where its GPU is: CUDA error 101");
    }

    [Fact]
    public async Task A_rank_on_the_CPU_needs_no_NCCL()
    {
        (string?, float)[] ranks = await NcclRanks.RunAsync(2, group =>
        {
            using NcclProcessGroup ranked = NcclProcessGroup.Over(group, ComputeDevice.Cpu);
            return (ranked.Obstacle, Sum(ranked));
        });

        ranks.Should().AllBeEquivalentTo(("rank 0: it trains on the CPU", 2f));
    }

    [Fact]
    public void What_cannot_be_exchanged_is_refused_before_NCCL_sees_it()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor half = torch.zeros(2, torch.ScalarType.Float16), columns = torch.zeros(2, 3).t(), one = torch.zeros(2);

        ranks.Invoking(group => group.AllReduce(half)).Should().Throw<ArgumentException>().WithMessage("*not Float16*");
        ranks.Invoking(group => group.AllReduce(columns)).Should().Throw<ArgumentException>().WithMessage("*contiguous*");
        ranks.Invoking(group => group.AllGather(one, one)).Should().Throw<ArgumentException>().WithMessage("*as many numbers as all*");
        ranks.Invoking(group => group.Broadcast(one, 3)).Should().Throw<ArgumentOutOfRangeException>();
        Asked().Should().BeEmpty();
        FluentActions.Invoking(() => NcclProcessGroup.Over(_group, ComputeDevice.Cpu, TimeSpan.Zero)).Should()
            .Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData("CommInitRank", 1, "could not join the ranks: error 1. See that the driver is as new")]
    [InlineData("CommInitRank", 2, "could not join the ranks: error 2. See that the machines of all ranks reach each other")]
    [InlineData("AllReduce", 6, "could not begin a sum: error 6. See what the other ranks say")]
    [InlineData("AllReduce", 5, "could not begin a sum: error 5. See what NCCL says when NCCL_DEBUG is WARN")]
    public void A_failure_says_what_NCCL_says_and_what_to_do(string call, int result, string message)
    {
        _nccl.Results[call] = result;

        FluentActions.Invoking(Exchange).Should().Throw<ProcessGroupException>().Which.Message.Should()
            .StartWith($"NCCL 2.99.1 {message}").And
            .EndWith("or set SSMFAR_NCCL_LIBRARY=none: what GPUs exchange then goes by way of the host.");
    }

    [Fact]
    public void A_device_that_fails_is_no_failure_of_NCCL()
    {
        _nccl.Results["Mark"] = 700;

        FluentActions.Invoking(Exchange).Should().Throw<ProcessGroupException>().WithMessage(
            "CUDA could not mark the stream: CUDA error 700. See what else was said of the device, and nvidia-smi.");
    }

    [Fact]
    public void A_part_that_cannot_be_sent_leaves_no_group_of_calls_open()
    {
        _nccl.Results["Send"] = 4;
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros([7], torch.ScalarType.BFloat16);

        ranks.Invoking(group => group.AllReduce(tensor)).Should().Throw<ProcessGroupException>()
            .WithMessage("*begin parts of a sum: error 4.*");

        Asked().Should().Equal("GroupStart", $"Send 6 of 1 to 0, {Queue}", "GroupEnd");
    }

    [Fact]
    public async Task A_device_that_waits_too_long_ends_all_ranks()
    {
        using NcclProcessGroup ranks = NcclRanks.Over(_group, _nccl, device: 4, timeout: TimeSpan.FromSeconds(0.3));
        using torch.Tensor tensor = torch.zeros(2), all = torch.zeros(3, 2);
        ranks.AllReduce(tensor);
        await Task.Delay(TimeSpan.FromSeconds(0.6));
        _group.Calls.Should().NotContain(call => call.StartsWith("Abort", StringComparison.Ordinal), "the device is done with it");

        _nccl.IsDone = false;
        ranks.AllGather(tensor, all);
        await ComesAsync(() => _nccl.Calls.Contains("CommAbort 77"));

        const string Waited =
            "it waited 0.3 s for every rank's part, which did not come. See what holds the other ranks up, or wait longer.";
        _group.Calls.Where(call => call.StartsWith("Abort", StringComparison.Ordinal)).Should().Equal($"Abort {Waited}");
        ranks.Invoking(group => group.AllReduce(tensor)).Should().Throw<ProcessGroupException>().WithMessage(Waited);
        ranks.Invoking(group => group.Barrier()).Should().Throw<ProcessGroupException>().WithMessage(Waited);
    }

    [Fact]
    public async Task What_befalls_the_others_meanwhile_ends_all_ranks()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros(2);
        ranks.AllReduce(tensor);

        // Under way is no failure.
        _nccl.AsyncError = 7;
        await Task.Delay(TimeSpan.FromSeconds(0.3));
        _nccl.Calls.Should().NotContain("CommAbort 77");

        _nccl.AsyncError = 6;
        await ComesAsync(() => _nccl.Calls.Contains("CommAbort 77"));

        _group.Calls[^1].Should().StartWith("Abort NCCL 2.99.1 could not end a sum: error 6. See what the other ranks say");
        ranks.Dispose();
        _nccl.Calls.Should().NotContain("CommDestroy 77 on 4", "it is gone").And
            .ContainSingle(call => call == "CommAbort 77").And.Contain("Unmark 88");
    }

    [Fact]
    public void A_rank_that_ends_the_run_says_so_to_the_group_first_and_exchanges_nothing_more()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros(2);

        ranks.Abort(new InvalidOperationException("enough"));

        _group.Calls[^1].Should().Be("Abort enough");
        Asked().Should().Equal("CommAbort 77");
        ranks.Invoking(group => group.AllReduce(tensor)).Should().Throw<ProcessGroupException>()
            .WithMessage("Rank 1 of 3 ended the run: enough*");
    }

    [Fact]
    public void After_a_call_that_failed_the_device_is_not_waited_for_and_what_waits_on_it_is_ended()
    {
        NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros(2);
        _nccl.Results["AllReduce"] = 6;
        ranks.Invoking(group => group.AllReduce(tensor)).Should().Throw<ProcessGroupException>();

        ranks.Abort(new InvalidOperationException("enough"));
        Asked().Should().EndWith("CommAbort 77");
        ranks.Dispose();

        Asked().Should().NotContain(call => call.StartsWith("Synchronize", StringComparison.Ordinal)).And
            .ContainSingle(call => call == "CommAbort 77").And.EndWith("Unmark 88");
    }

    [Fact]
    public void Ranks_that_cannot_join_leave_nothing_behind()
    {
        _nccl.Results["CommInitRank"] = 2;

        FluentActions.Invoking(Joined).Should().Throw<ProcessGroupException>();

        _nccl.Calls.Should().EndWith("Unmark 88");
    }

    [Fact]
    public void What_is_gathered_on_the_host_goes_by_the_host()
    {
        using NcclProcessGroup ranks = NcclRanks.Over(_group, _nccl, DeviceType.META, device: 4);
        using torch.Tensor tensor = torch.zeros([2], device: new torch.Device(DeviceType.META)), all = torch.zeros(3, 2);

        ranks.AllGather(tensor, all);

        Asked().Should().BeEmpty();
        _group.Calls[^1].Should().StartWith("AllGather");
    }

    private static float Sum(NcclProcessGroup ranks)
    {
        using torch.Tensor one = torch.ones(1);
        ranks.AllReduce(one);
        return one.item<float>();
    }

    private static async Task ComesAsync(Func<bool> isThere)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        while (!isThere())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private NcclProcessGroup Joined() => NcclRanks.Over(_group, _nccl, device: 4);

    private NcclProcessGroup Without(string obstacle) => NcclRanks.Over(_group, null, obstacle: obstacle);

    private void Exchange()
    {
        using NcclProcessGroup ranks = Joined();
        using torch.Tensor tensor = torch.zeros(2);
        ranks.AllReduce(tensor);
    }

    // After joining.
    private IEnumerable<string> Asked() => _nccl.Calls.SkipWhile(call => call.StartsWith("CommInitRank", StringComparison.Ordinal));
}
