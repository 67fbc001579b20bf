using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Partners of mixed rows are drawn, not neighbours, and every draw follows from the key.</summary>
public sealed class MixPlanTests
{
    private static readonly ulong?[] Alike = [.. Enumerable.Repeat((ulong?)5, 400)];

    [Fact]
    public void Partners_are_in_no_order_and_nobody_is_its_own()
    {
        MixPlan plan = MixPlan.Draw(new() { Alpha = 1, Share = 1 }, Alike, RandomKey.FromSeed(3))!;
        plan.Unmixed.Should().BeEmpty();
        Enumerable.Range(0, 400).Count(row => plan.Partners[row] == (row + 1) % 400)
            .Should().BeLessThan(20, "about one row of 400 by chance");
        MixPlan other = MixPlan.Draw(new() { Alpha = 1, Share = 1 }, Alike, RandomKey.FromSeed(4))!;
        other.Partners.Should().NotEqual(plan.Partners);
        other.Lambda.Should().NotBe(plan.Lambda);
    }

    [Fact]
    public void Rows_of_two_kinds_are_never_mixed_with_each_other()
    {
        ulong?[] known = [.. Enumerable.Range(0, 40).Select(row => row % 4 == 3 ? null : (ulong?)(ulong)(row % 2))];
        MixPlan plan = MixPlan.Draw(new() { Alpha = 1, Share = 1 }, known, RandomKey.FromSeed(3))!;
        plan.Unmixed.Should().Equal(Enumerable.Range(0, 40).Where(row => known[row] is null));
        Enumerable.Range(0, 40).Should().OnlyContain(row => known[plan.Partners[row]] == known[row]);
        MixPlan.Draw(new() { Alpha = 1, Share = 1 }, [1, 2, 3, 4], RandomKey.FromSeed(3)).Should()
            .BeNull("each is the only one of its kind");
        MixPlan.Draw(new() { Alpha = 1, Share = 1 }, [1, 1], RandomKey.FromSeed(3))!.Partners.Should().Equal(1, 0);
    }
}
