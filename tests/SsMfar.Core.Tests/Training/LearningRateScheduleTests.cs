using SsMfar.Training;

namespace SsMfar.Tests.Training;

public sealed class LearningRateScheduleTests
{
    private const double Beta1 = 0.9;

    /// <summary>
    /// Steps, rising share, and for each step learning rate and beta1 of torch.optim.lr_scheduler.OneCycleLR(max_lr=1), PyTorch 1.13.
    /// </summary>
    public static TheoryData<int, double, double[]> PyTorch => new()
    {
        {
            10, 0.3,
            [
                0.04, 0.95, 0.52, 0.9, 1.0, 0.85, 0.9504846320134737, 0.854951556604879, 0.8117456539497631, 0.8688255099070633,
                0.6112620219362893, 0.8888739533021842, 0.38874197806371075, 0.9111260466978157, 0.18825834605023697, 0.9311744900929366,
                0.049519367986526286, 0.945048443395121, 4e-06, 0.95,
            ]
        },
        {
            7, 0.5,
            [
                0.04, 0.95, 0.3716718427000253, 0.9154508497187474, 0.9083281572999747, 0.8595491502812526, 0.9504846320134737,
                0.854951556604879, 0.6112620219362893, 0.8888739533021842, 0.18825834605023697, 0.9311744900929366, 4e-06, 0.95,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(PyTorch))]
    public void One_cycle_equals_PyTorchs(int steps, double rising, double[] expected)
    {
        var schedule = new LearningRateSchedule(new() { Kind = ScheduleKind.OneCycle, WarmUpFraction = rising }, Beta1, steps);
        for (int step = 0; step < steps; step++)
        {
            (double factor, double beta1) = schedule.At(step);
            factor.Should().BeApproximately(expected[2 * step], 1e-14);
            beta1.Should().BeApproximately(expected[(2 * step) + 1], 1e-14);
        }
    }

    [Fact]
    public void One_cycle_without_a_warm_up_has_begun_to_fall_at_the_first_step_as_PyTorchs_has()
    {
        const int Steps = 10;
        var schedule = new LearningRateSchedule(new() { Kind = ScheduleKind.OneCycle, WarmUpFraction = 0 }, Beta1, Steps);
        for (int step = 0; step < Steps; step++)
        {
            double left = (1 + Math.Cos(Math.PI * (step + 1) / Steps)) / 2;
            (double factor, double beta1) = schedule.At(step);
            factor.Should().BeApproximately(4e-6 + ((1 - 4e-6) * left), 1e-14);
            beta1.Should().BeApproximately(0.95 - (0.1 * left), 1e-14);
        }
    }

    [Fact]
    public void Cosine_rises_in_a_line_and_falls_along_half_a_cosine()
    {
        const int Steps = 100;
        var schedule = new LearningRateSchedule(new() { Kind = ScheduleKind.Cosine, WarmUpFraction = 0.2 }, Beta1, Steps);
        for (int step = 0; step < Steps; step++)
        {
            double expected = step < 20 ? (step + 1) / 20.0 : 0.5 * (1 + Math.Cos(Math.PI * (step - 20) / 80));
            schedule.At(step).Factor.Should().BeApproximately(expected, 1e-14);
            schedule.At(step).Beta1.Should().Be(Beta1);
        }

        schedule.At(Steps).Factor.Should().BeApproximately(0, 1e-14);
    }

    [Fact]
    public void Constant_stays_after_its_warm_up_and_has_none_where_none_is_asked_for()
    {
        var warmed = new LearningRateSchedule(new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0.1 }, Beta1, 50);
        Enumerable.Range(0, 8).Select(step => warmed.At(step).Factor).Should().Equal(0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1);
        var plain = new LearningRateSchedule(new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0 }, Beta1, 50);
        Enumerable.Range(0, 50).Select(step => plain.At(step)).Should().OnlyContain(at => at.Factor == 1 && at.Beta1 == Beta1);
    }

    [Theory]
    [InlineData(ScheduleKind.Constant)]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.OneCycle)]
    public void Every_length_and_share_gives_factors_between_0_and_1(ScheduleKind kind)
    {
        foreach (int steps in new[] { 1, 2, 3, 10, 1000 })
        {
            foreach (double share in new[] { 0, 0.01, 0.15, 0.9 })
            {
                var schedule = new LearningRateSchedule(new() { Kind = kind, WarmUpFraction = share }, Beta1, steps);
                for (int step = 0; step < steps; step++)
                {
                    (double factor, double beta1) = schedule.At(step);
                    factor.Should().BeInRange(0, 1);
                    beta1.Should().BeInRange(0, 0.9501);
                }
            }
        }
    }
}
