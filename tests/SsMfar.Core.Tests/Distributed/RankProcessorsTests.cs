using System.Numerics;
using SsMfar.Distributed;

namespace SsMfar.Tests.Distributed;

/// <summary>Ranks share processors with those that may run on them too.</summary>
public sealed class RankProcessorsTests
{
    public static TheoryData<string, (string Machine, BigInteger Allowed)[], int, int[]> Machines => new()
    {
        { "none is bound", [("a", 0xff), ("a", 0xff)], 8, [4, 4] },
        { "each is bound to a half", [("a", 0x0f), ("a", 0xf0)], 4, [4, 4] },
        { "two are bound to each half", [("a", 0x0f), ("a", 0xf0), ("a", 0x0f), ("a", 0xf0)], 4, [2, 2, 2, 2] },
        { "each is bound to one", [("a", 1), ("a", 2), ("a", 4)], 1, [1, 1, 1] },
        { "on two machines", [("a", 0xff), ("b", 0xff), ("a", 0xff)], 8, [4, 8, 4] },
        { "more ranks than processors", [("a", 3), ("a", 3), ("a", 3)], 2, [1, 1, 1] },
        { "each is bound to one of four, in a container that has the time of two", [("a", 0xf), ("a", 0xf0)], 2, [1, 1] },
        { "each is bound to two, with the time of three", [("a", 0xf), ("a", 0xf0)], 3, [1, 1] },
        { "nobody knows where it may run", [("a", -1), ("a", -1)], 8, [4, 4] },
        { "past 64 processors", [("a", BigInteger.One << 100), ("a", BigInteger.One << 101)], 1, [1, 1] },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_share_is_what_a_rank_may_run_on_divided_among_those_that_may_too(
        string how, (string Machine, BigInteger Allowed)[] ranks, int processors, int[] shares) =>
        ranks.Select((_, rank) => RankProcessors.Share(ranks, rank, processors)).Should().Equal(shares, how);

    [Fact]
    public void Ranks_tell_each_other_what_they_may_run_on()
    {
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        int[] shares = new int[2];

        Thread[] threads = [.. groups.Select(group => new Thread(() => shares[group.Rank] = RankProcessors.Share(group)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        shares.Should().AllSatisfy(share => share.Should().Be(Math.Max(1, Environment.ProcessorCount / 2)));
    }
}
