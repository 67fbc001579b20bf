using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Times of frames, whatever their file says.</summary>
public sealed class FrameClockTests
{
    [Fact]
    public void Times_are_those_since_the_first_frame()
    {
        Times(10, 5, 5.1, 5.4).Should().Equal([0, 0.1, 0.4], (one, other) => Math.Abs(one - other) < 1e-9);
    }

    [Fact]
    public void Frames_without_a_time_follow_by_the_rate_the_first_as_well()
    {
        Times(10, null, null, 0.5, null).Should().Equal([0, 0.1, 0.5, 0.6], (one, other) => Math.Abs(one - other) < 1e-9);
    }

    [Fact]
    public void Times_that_go_back_are_in_order_all_the_same()
    {
        Times(10, 1, 0.5, 0.5, 2).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        new FrameClock(10).Seconds.Should().Be(0);
    }

    private static double[] Times(double rate, params double?[] times)
    {
        FrameClock clock = new(rate);
        return [.. times.Select(clock.Next)];
    }
}
