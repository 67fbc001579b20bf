using SsMfar.Distributed;

namespace SsMfar.Tests.Distributed;

/// <summary>A rank that ends all has a line and an exit code, whoever describes it.</summary>
public sealed class RankFailureTests
{
    private static readonly Exception Cause = new InvalidOperationException("libtorch says\n  that it\r\ncannot");

    [Fact]
    public void A_message_of_many_lines_is_one() => RankFailure.Of(Cause).Should().Be(new RankFailure("libtorch says that it cannot", 1));

    [Fact]
    public void What_is_described_is_taken() =>
        RankFailure.Of(Cause, cause => new(cause.Message.Length > 0 ? "in our words" : "", 130)).Should()
            .Be(new RankFailure("in our words", 130));

    [Fact]
    public void A_description_that_fails_or_is_none_leaves_the_cause()
    {
        RankFailure.Of(Cause, _ => throw new NotSupportedException()).Should().Be(RankFailure.Of(Cause));
        RankFailure.Of(Cause, _ => null!).Should().Be(RankFailure.Of(Cause));
        RankFailure.Of(Cause, _ => new("success", 0)).Should().Be(RankFailure.Of(Cause));
        RankFailure.Of(Cause, _ => new("too much", 256)).Should().Be(RankFailure.Of(Cause));
    }
}
