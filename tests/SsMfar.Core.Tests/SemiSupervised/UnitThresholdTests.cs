using CsCheck;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>Equation 4 on both sides of units: against plain numbers, and what no input may break.</summary>
public sealed class UnitThresholdTests
{
    // Unit 1: two present entries right (0.9, 0.7), one wrong (0.3); one absent right (1 - 0.2), one unknown. Unit 2: absent alone right.
    private static readonly double[] Probabilities = [0.9, 0.4, 0.7, 0.6, 0.3, 0.1, 0.2, 0.9, 0.99, 0.05];
    private static readonly double[] Labels = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    private static readonly double[] Known = [1, 1, 1, 1, 1, 1, 1, 0, 0, 0];

    [Theory]
    [InlineData(ThresholdUpdate.EachEpoch)]
    [InlineData(ThresholdUpdate.PreviousStep)]
    [InlineData(ThresholdUpdate.ThisBatch)]
    public void Each_side_follows_the_mean_confidence_of_its_right_entries(ThresholdUpdate update)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(2, new() { Beta = 0.9, Floor = 0.3, Start = 0.6, Update = update });
        policy.ObservesFirst.Should().Be(update == ThresholdUpdate.ThisBatch);
        policy.Observe(Batch(epoch: 2, step: 5));
        if (update == ThresholdUpdate.EachEpoch)
        {
            policy.Describe()["thresholds"].Should().Equal(0.6, 0.6);
            policy.EndEpoch(2);
        }

        double factor = 0.9 / (1 + Math.Exp(-2));
        policy.Describe()["thresholds"].ShouldBeClose([0.8 * factor, 0.6], 1e-12, "present: the mean of 0.9 and 0.7; none of unit 2");
        policy.Describe()["absentThresholds"].ShouldBeClose([0.8 * factor, 0.75 * factor], 1e-12, "absent: 0.8; the mean of 0.6 and 0.9");
    }

    [Fact]
    public void Floors_hold_on_both_sides_and_a_side_without_a_right_entry_can_fall_to_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(
            2, new() { Beta = 0.9, Floor = 0.75, Start = 0.9, MissingClass = MissingClass.FallToFloor });
        policy.Observe(Batch(epoch: 1, step: 0));
        policy.EndEpoch(1);
        policy.Describe()["thresholds"].Should().Equal(0.75, 0.75);
        policy.Describe()["absentThresholds"].Should().Equal(0.75, 0.75);
    }

    [Theory]
    [InlineData(ThresholdComparison.Greater, new double[] { 0, 1, 1, 0 })]
    [InlineData(ThresholdComparison.GreaterOrEqual, new double[] { 1, 1, 1, 1 })]
    public void Sure_entries_on_either_side_are_confident(ThresholdComparison comparison, double[] confident)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(2, new() { Start = 0.75, Comparison = comparison });

        // Entries over, under and at the threshold; the last two rows are one labelled and one unsure.
        PseudoLabels labels = policy.Assign(new PolicyBatch(
            Matrix([0.75, 0.1, 0.9, 0.25, 0.99, 0.01, 0.6, 0.4], 4, 2),
            Matrix(new double[8], 4, 2),
            Matrix([0, 0, 0, 0, 1, 1, 0, 0], 4, 2),
            Indices([0, 1, 2, 3]),
            1,
            0));

        labels.Targets.Host().Should().Equal(1, 0, 1, 0, 1, 0, 1, 0);
        labels.Confidence.Host().Should().Equal([.. confident, 0, 0, 0, 0]);
        policy.EndEpoch(1);
        policy.Describe()["confidentShare"].Should().Equal([confident.Sum() / 6], "of the six entries without a label");
    }

    [Fact]
    public void A_unit_is_present_by_its_logit_and_a_row_is_asked_for_where_any_unit_is_unknown()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(3);
        policy.Predict(Matrix([0, Math.Log(3), -Math.Log(3)], 1, 3)).Host().ShouldBeClose([0.5, 0.75, 0.25], 1e-12, "probabilities");
        IPseudoLabelPolicy any = policy;
        any.NeedsStrongView([true, true, true]).Should().BeFalse();
        any.NeedsStrongView([true, false, true]).Should().BeTrue();
        any.NeedsStrongView([false, false, false]).Should().BeTrue();
        policy.Invoking(p => p.Observe(Batch(1, 0))).Should().Throw<ArgumentException>().WithMessage("*3 units*2*");
        FluentActions.Invoking(() => new UnitThresholdPolicy(2, new() { Beta = 2 })).Should().Throw<ArgumentException>()
            .WithMessage("*Beta*");
    }

    [Fact]
    public void An_entry_with_a_label_never_gets_a_pseudo_label() => Gen.Select(
        Gen.Double[0, 1].Array[24], Gen.Bool.Array[24], Gen.Double[0, 1]).Sample((probabilities, known, start) =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UnitThresholdPolicy policy = new(12, new() { Start = start, Floor = null });
        PseudoLabels labels = policy.Assign(new PolicyBatch(
            Matrix(probabilities, 2, 12),
            Matrix(new double[24], 2, 12),
            Matrix([.. known.Select(k => k ? 1.0 : 0)], 2, 12),
            Indices([0, 1]),
            1,
            0));
        double[] confidence = labels.Confidence.Host();
        for (int i = 0; i < 24; i++)
        {
            double sure = Math.Max(probabilities[i], 1 - probabilities[i]);
            confidence[i].Should().Be(!known[i] && sure > start ? 1 : 0);
        }
    }, iter: 100);

    [Fact]
    public void A_saved_policy_goes_on_with_the_same_bits_in_the_middle_of_an_epoch_and_of_a_step()
    {
        foreach (ThresholdUpdate update in Enum.GetValues<ThresholdUpdate>())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using UnitThresholdPolicy whole = new(2, new() { Update = update, Floor = null });
            using UnitThresholdPolicy resumed = new(2, new() { Update = update, Floor = null });
            whole.Observe(Batch(1, 0));
            resumed.LoadState(whole.SaveState().ToDictionary(entry => entry.Key, entry => entry.Value.clone()));
            foreach (UnitThresholdPolicy policy in new[] { whole, resumed })
            {
                policy.Observe(Batch(1, 0));
                policy.Observe(Batch(1, 1));
                policy.EndEpoch(1);
            }

            resumed.Describe().Should().BeEquivalentTo(whole.Describe());
        }
    }

    [Fact]
    public void An_estimate_within_the_range_is_the_target_of_entries_without_a_label()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TeacherEstimatePolicy policy = new();
        torch.Tensor estimate = policy.Predict(Matrix([-1.5, 0.25, 0.5, 7], 2, 2));
        estimate.Host().Should().Equal(-1, 0.25, 0.5, 1);
        PseudoLabels labels = policy.Assign(new PolicyBatch(
            estimate, Matrix(new double[4], 2, 2), Matrix([1, 1, 0, 0], 2, 2), Indices([0, 1]), 1, 0));
        labels.Targets.Host().Should().Equal(-1, 0.25, 0.5, 1);
        labels.Confidence.Host().Should().Equal(0, 0, 1, 1);
        policy.SaveState().Should().BeEmpty();
        policy.Describe().Should().BeEmpty();
        FluentActions.Invoking(() => new TeacherEstimatePolicy(1, 1)).Should().Throw<ArgumentException>().WithMessage("*1 to 1*");
    }

    private static PolicyBatch Batch(int epoch, long step) =>
        new(Matrix(Probabilities, 5, 2), Matrix(Labels, 5, 2), Matrix(Known, 5, 2), Indices([0, 1, 2, 3, 4]), epoch, step);
}
