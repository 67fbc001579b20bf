using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>The micro-batches of a step, and a state that differs from a new one's, in thresholds of units.</summary>
public sealed class UnitThresholdStepTests
{
    [Fact]
    public void A_step_s_micro_batches_count_together_and_the_next_step_anew()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(1, new() { Beta = 1, Floor = null, Start = 0.5, Update = ThresholdUpdate.PreviousStep });

        policy.Observe(Present(0.9, step: 0));
        policy.Observe(Present(0.7, step: 0));
        double first = policy.Describe()["thresholds"][0];
        policy.Observe(Present(0.6, step: 1));
        double second = policy.Describe()["thresholds"][0];

        double factor = 1 / (1 + Math.Exp(-1));
        first.Should().BeApproximately(0.8 * factor, 1e-12);
        second.Should().BeApproximately(0.6 * factor, 1e-12);
    }

    [Theory]
    [InlineData(ThresholdUpdate.EachEpoch)]
    [InlineData(ThresholdUpdate.PreviousStep)]
    public void What_was_saved_is_what_goes_on(ThresholdUpdate update)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy whole = new(1, new() { Floor = null, Update = update });
        using UnitThresholdPolicy resumed = new(1, new() { Floor = null, Update = update });
        whole.Observe(Present(0.9, step: 0));

        resumed.LoadState(whole.SaveState().ToDictionary(entry => entry.Key, entry => entry.Value.clone()));
        foreach (UnitThresholdPolicy policy in new[] { whole, resumed })
        {
            // The rest of the step: what went before counts in it.
            policy.Observe(Present(0.6, step: 0));
            policy.EndEpoch(1);
        }

        resumed.Describe()["thresholds"].Should().Equal(whole.Describe()["thresholds"]);
    }

    [Fact]
    public void Neither_asking_nor_observing_is_about_another_number_of_units()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(2);

        policy.Invoking(p => p.Assign(Present(0.9, 0))).Should().Throw<ArgumentException>().WithMessage("*2 units*1*")
            .WithParameterName("strong");
        policy.Invoking(p => p.Observe(Present(0.9, 0))).Should().Throw<ArgumentException>().WithParameterName("batch");
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.NegativeInfinity, 1)]
    [InlineData(-1, double.PositiveInfinity)]
    [InlineData(1, -1)]
    public void A_range_of_estimates_is_finite_and_not_empty(double least, double largest) =>
        FluentActions.Invoking(() => new TeacherEstimatePolicy(least, largest)).Should().Throw<ArgumentException>();

    private static PolicyBatch Present(double probability, long step) =>
        new(Matrix([probability], 1, 1), Matrix([1], 1, 1), Matrix([1], 1, 1), Indices([0]), 1, step);
}
