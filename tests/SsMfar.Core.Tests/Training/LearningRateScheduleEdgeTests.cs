using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Schedules whose rise is one step long, a course that there is not, and steps beyond the last.</summary>
public sealed class LearningRateScheduleEdgeTests
{
    [Fact]
    public void A_rise_of_one_step_has_its_peak_there()
    {
        LearningRateSchedule cycle = new(new() { Kind = ScheduleKind.OneCycle, WarmUpFraction = 0.1 }, 0.9, 10);
        cycle.At(0).Should().Be((1, 0.85));
        cycle.At(1).Factor.Should().BeLessThan(1);
        cycle.At(9).Factor.Should().BeApproximately(4e-6, 1e-15);

        LearningRateSchedule cosine = new(new() { Kind = ScheduleKind.Cosine, WarmUpFraction = 0.1 }, 0.9, 10);
        cosine.At(0).Should().Be((1, 0.9));
        cosine.At(1).Factor.Should().Be(1, "the fall begins after the warm-up");
        cosine.At(2).Factor.Should().BeApproximately((1 + Math.Cos(Math.PI / 9)) / 2, 1e-15);
    }

    [Theory]
    [InlineData(ScheduleKind.Cosine, 0)]
    [InlineData(ScheduleKind.OneCycle, 4e-6)]
    public void Beyond_the_last_step_the_rate_stays_at_its_end(ScheduleKind kind, double end)
    {
        LearningRateSchedule schedule = new(new() { Kind = kind, WarmUpFraction = 0.2 }, 0.9, 20);
        schedule.At(25).Factor.Should().BeApproximately(end, 1e-15);
        schedule.At(40).Factor.Should().BeApproximately(end, 1e-15);
    }

    [Fact]
    public void A_course_that_there_is_not_is_refused() =>
        FluentActions.Invoking(() => new LearningRateSchedule(new() { Kind = (ScheduleKind)9 }, 0.9, 10).At(0))
            .Should().Throw<InvalidOperationException>().WithMessage("*9*");
}
