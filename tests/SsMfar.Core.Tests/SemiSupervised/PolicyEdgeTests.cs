using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>Policies where a probability meets its threshold, where a batch has one row or none, and where a step is cut in two.</summary>
public sealed class PolicyEdgeTests
{
    private const int Classes = 4;
    private static readonly double[] Uniform = [0.25, 0.25, 0.25, 0.25];

    [Theory]
    [InlineData(ThresholdComparison.Greater, 0)]
    [InlineData(ThresholdComparison.GreaterOrEqual, 1)]
    public void FlexMatch_counts_a_prediction_at_its_threshold_where_equality_passes(ThresholdComparison comparison, double sure)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FlexMatchPolicy policy = new(Classes, 5, 1, new() { Threshold = 0.75, Comparison = comparison });
        policy.Observe(Observation([0, 0.75, 0.25, 0], row: 3));

        // One sure row of one: the class's threshold is tau, the others' 0.
        policy.Describe()["thresholds"].Should().Equal(0, sure * 0.75, 0, 0);
        PseudoLabels labels = policy.Assign(Matrix([0, 0.75, 0.25, 0], 1, Classes), Indices([3]));
        labels.Confidence.Host().Should().Equal([1.0], "over 0, or at 0.75 where that passes");
    }

    [Fact]
    public void FlexMatch_forgets_nothing_of_a_row_that_is_no_longer_sure_and_nothing_of_labelled_rows_is_counted()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FlexMatchPolicy policy = new(Classes, 3, 2, new() { Threshold = 0.8, WarmUp = false });
        policy.Observe(Observation([0.9, 0.1, 0, 0], row: 0));
        policy.Observe(Observation([0, 0, 0.95, 0.05], row: 1, labelled: true));
        policy.SaveState()["sureClass"].Host().Should().Equal(0, -1, -1);
        policy.Observe(Observation([0.3, 0.3, 0.4, 0], row: 0));
        policy.SaveState()["sureClass"].Host().Should().Equal(0, -1, -1);
        policy.Observe(Observation([0, 0, 0, 1], row: 0));
        policy.SaveState()["sureClass"].Host().Should().Equal(3, -1, -1);
        policy.Describe()["thresholds"].Should().Equal(0, 0, 0, 0.8);
    }

    [Fact]
    public void FlexMatch_holds_its_thresholds_down_while_most_rows_were_never_sure_unless_told_not_to()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FlexMatchPolicy policy = new(Classes, 5, 5), cold = new(Classes, 5, 5, new() { WarmUp = false });
        foreach (FlexMatchPolicy each in new[] { policy, cold })
        {
            each.Observe(Observation([0.99, 0.01, 0, 0], row: 4));
        }

        // One sure row, four never sure: a quarter.
        policy.Describe()["thresholds"].ShouldBeClose([0.95 * 0.25 / 1.75, 0, 0, 0], 1e-12, "thresholds");
        cold.Describe()["thresholds"].ShouldBeClose([0.95, 0, 0, 0], 1e-12, "thresholds");
    }

    [Theory]
    [InlineData(0, 0, "rows")]
    [InlineData(3, -1, "unlabelledRows")]
    [InlineData(3, 4, "unlabelledRows")]
    public void FlexMatch_refuses_rows_that_cannot_be(int rows, int unlabelled, string parameter) => FluentActions
        .Invoking(() => new FlexMatchPolicy(Classes, rows, unlabelled))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName(parameter);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void FlexMatch_takes_the_fewest_rows_and_any_share_of_unlabelled_ones(int rows, int unlabelled)
    {
        using FlexMatchPolicy policy = new(Classes, rows, unlabelled);
        policy.Describe()["thresholds"].Should().Equal(0, 0, 0, 0);
        policy.Options.Should().BeEquivalentTo(new FlexMatchOptions());
    }

    [Theory]
    [InlineData(ThresholdComparison.Greater, 0)]
    [InlineData(ThresholdComparison.GreaterOrEqual, 1)]
    public void FreeMatch_decides_at_its_threshold_by_the_comparison(ThresholdComparison comparison, double confident)
    {
        // A uniform row leaves every running mean at 1/4, and so is the threshold.
        using DisposeScope scope = torch.NewDisposeScope();
        using FreeMatchPolicy policy = new(Classes, new() { Momentum = 0.5, Comparison = comparison });
        policy.Assign(Matrix(Uniform, 1, Classes), Indices([0])).Confidence.Host().Should().Equal(confident);
        policy.Describe()["thresholds"].Should().Equal(Uniform);
    }

    [Theory]
    [InlineData("freematch")]
    [InlineData("softmatch")]
    public void A_batch_without_rows_moves_no_running_mean(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IPseudoLabelPolicy policy = name == "freematch" ? new FreeMatchPolicy(Classes) : new SoftMatchPolicy(Classes);
        policy.Assign(Matrix([0.7, 0.1, 0.1, 0.1, 0.2, 0.5, 0.2, 0.1], 2, Classes), Indices([0, 1]));
        Dictionary<string, double[]> before = Values(policy);

        PseudoLabels none = policy.Assign(torch.zeros([0, Classes], torch.ScalarType.Float64), Indices([]));

        none.Targets.shape.Should().Equal(0);
        none.Confidence.shape.Should().Equal(0);
        Values(policy).Should().BeEquivalentTo(before);
    }

    [Fact]
    public void SoftMatch_takes_no_variance_of_one_row_and_the_unbiased_one_of_two()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SoftMatchPolicy policy = new(Classes, new() { Momentum = 0.5, UniformAlignment = false });
        policy.Assign(Matrix([0.7, 0.1, 0.1, 0.1], 1, Classes), Indices([0]));
        policy.SaveState()["mean"].Host().Should().Equal((0.25 + 0.7) / 2);
        policy.SaveState()["variance"].Host().Should().Equal(1);
        policy.SaveState()["meanProbabilities"].Host().Should().Equal(Uniform, "nothing is aligned");

        policy.Assign(Matrix([0.7, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.5], 2, Classes), Indices([0, 1]));
        policy.SaveState()["variance"].Host().ShouldBeClose([(1 + 0.02) / 2], 1e-12, "the variance of 0.7 and 0.5 is 2 * 0.1^2 / 1");
    }

    [Fact]
    public void SoftMatch_starts_at_a_share_of_one_class_and_gives_rows_over_the_mean_the_largest_weight()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SoftMatchPolicy policy = new(Classes, new() { LargestWeight = 0.75 });
        policy.Describe()["thresholds"].Should().Equal(0.25);
        policy.Assign(Matrix([0.9, 0.1, 0, 0], 1, Classes), Indices([0])).Confidence.Host().Should().Equal(0.75);
        policy.EndEpoch(1);
        policy.Describe()["confidentShare"].Should().Equal([0.75], "the mean weight");
        policy.SaveState()["meanProbabilities"].Host()[0]
            .Should().BeApproximately((0.999 * 0.25) + (0.001 * 0.9), 1e-12, "it aligns unless told not to");
    }

    [Theory]
    [InlineData(ThresholdUpdate.ThisBatch)]
    [InlineData(ThresholdUpdate.PreviousStep)]
    public void Adaptive_thresholds_resumed_between_two_micro_batches_of_a_step_are_those_of_the_whole_step(ThresholdUpdate update)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        AdaptiveThresholdOptions options = new() { Beta = 1, Floor = null, Start = 0.5, Update = update };
        using AdaptiveThresholdPolicy whole = new(Classes, options), resumed = new(Classes, options);
        whole.Observe(Observation([0.9, 0.1, 0, 0], row: 0, labelled: true, step: 7));
        resumed.LoadState(whole.SaveState());
        foreach (AdaptiveThresholdPolicy policy in new[] { whole, resumed })
        {
            policy.Observe(Observation([0.7, 0.1, 0.1, 0.1], row: 1, labelled: true, step: 7));
            policy.Describe()["thresholds"].ShouldBeClose([0.8 / (1 + Math.Exp(-1)), 0.5, 0.5, 0.5], 1e-12, "thresholds");
        }

        resumed.Observe(Observation([0.6, 0.4, 0, 0], row: 1, labelled: true, step: 8));
        resumed.Describe()["thresholds"].ShouldBeClose([0.6 / (1 + Math.Exp(-1)), 0.5, 0.5, 0.5], 1e-12,
            "a new step forgets the sums of the last");
    }

    [Fact]
    public void A_class_that_a_step_lacks_keeps_the_threshold_from_before_that_step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptiveThresholdPolicy policy = new(Classes,
            new() { Beta = 1, Floor = null, Start = 0.5, Update = ThresholdUpdate.PreviousStep });
        policy.Observe(Observation([0.9, 0.1, 0, 0], row: 0, labelled: true, step: 0));
        policy.Observe(Observation([0.1, 0.8, 0.1, 0], row: 0, labelled: true, step: 1, label: 1));
        policy.Describe()["thresholds"].ShouldBeClose([0.9 / (1 + Math.Exp(-1)), 0.8 / (1 + Math.Exp(-1)), 0.5, 0.5], 1e-12, "thresholds");
    }

    [Fact]
    public void The_presets_of_the_adaptive_threshold_are_those_of_the_paper_and_of_its_code()
    {
        AdaptiveThresholdOptions.Paper.Should().BeEquivalentTo(new AdaptiveThresholdOptions
        {
            Beta = 0.95, Gamma = Math.E, Floor = null, Start = 0.8, Update = ThresholdUpdate.ThisBatch,
            MissingClass = MissingClass.KeepValue, Comparison = ThresholdComparison.Greater,
        });
        AdaptiveThresholdOptions.Published.Should().BeEquivalentTo(new AdaptiveThresholdOptions
        {
            Beta = 0.97, Gamma = Math.E, Floor = 0.8, Start = 0.8, Update = ThresholdUpdate.EachEpoch,
            MissingClass = MissingClass.FallToFloor, Comparison = ThresholdComparison.GreaterOrEqual,
        });
        using AdaptiveThresholdPolicy policy = new(Classes);
        policy.Options.Should().BeEquivalentTo(new AdaptiveThresholdOptions());
        policy.Describe()["thresholds"].Should().Equal(0.8, 0.8, 0.8, 0.8);
    }

    [Theory]
    [InlineData(0.3, 0.3)]
    [InlineData(null, 0.1)]
    public void A_floor_holds_computed_thresholds_up_and_where_there_is_none_they_fall(double? floor, double expected)
    {
        // gamma 1: the factor is a half in every epoch.
        using DisposeScope scope = torch.NewDisposeScope();
        AdaptiveThreshold.Compute(Vector([0.4]), Vector([2]), Vector([0.9]), 5, new() { Beta = 1, Gamma = 1, Floor = floor })
            .Host().ShouldBeClose([expected], 1e-14, "threshold");
    }

    [Fact]
    public void A_probability_is_compared_in_the_wider_type_of_the_two_and_confidence_is_of_its_own()
    {
        // 0.8 rounded to float32 is over 0.8.
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor probabilities = Matrix([0.8, 0.2], 1, 2, torch.ScalarType.Float32, gradient: true);
        PseudoLabels labels = PseudoLabelSplit.ByThreshold(probabilities, Vector([0.8, 0.8]), ThresholdComparison.Greater);
        labels.Confidence.Host().Should().Equal(1);
        labels.Confidence.dtype.Should().Be(torch.ScalarType.Float32);
        labels.Confidence.requires_grad.Should().BeFalse();
        PseudoLabelSplit.ByThreshold(probabilities, Vector([0.8, 0.8], torch.ScalarType.Float32), ThresholdComparison.Greater)
            .Confidence.Host().Should().Equal(0);
    }

    [Fact]
    public void A_fixed_threshold_stays_that_of_its_own_options_when_another_run_is_loaded()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FixedThresholdPolicy old = new(2, new() { Threshold = 0.6 }), policy = new(2, new() { Threshold = 0.9 });
        old.Assign(Matrix([0.7, 0.3], 1, 2), Indices([0]));
        old.EndEpoch(1);
        policy.LoadState(old.SaveState());
        policy.Describe()["thresholds"].Should().Equal(0.9, 0.9);
        policy.Describe()["confidentShare"].Should().Equal([1.0], "the rest of the state is taken over");
        policy.Options.Threshold.Should().Be(0.9);
    }

    private static Dictionary<string, double[]> Values(IPseudoLabelPolicy policy) =>
        policy.SaveState().ToDictionary(entry => entry.Key, entry => entry.Value.Host());

    private static PolicyBatch Observation(double[] probabilities, long row, bool labelled = false, long step = 0, long label = 0) =>
        ClassBatch.Of(Matrix(probabilities, 1, Classes), Indices([label]), Vector([labelled ? 1 : 0]), Indices([row]), 1, step);
}
