using SsMfar.Metrics;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Metrics;

/// <summary>The tasks' metrics at ties, at thresholds, at labels that never occur, and with shapes that do not fit.</summary>
public sealed class TaskMetricEdgeTests : IDisposable
{
    // Output and label: one hit, two false alarms, three misses, four rightly absent.
    private static readonly (double, double)[] Outcomes =
        [(2, 1), (2, 0), (2, 0), (-2, 1), (-2, 1), (-2, 1), (-2, 0), (-2, 0), (-2, 0), (-2, 0)];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    [Fact]
    public void Of_equal_outputs_the_first_class_is_predicted()
    {
        CategoricalMetric metric = new(["a", "b", "c"]);
        metric.Update(Matrix([1, 1, 1, 0, 2, 2, -3, -2, -1], 3, 3), Matrix([0, 1, 2], 3, 1), Matrix([1, 1, 1], 3, 1));
        Enumerable.Range(0, 3).Select(k => metric.Confusion[k, k]).Should().Equal(1, 1, 1);
    }

    [Fact]
    public void Classes_are_scored_by_name_and_one_that_never_occurs_counts_as_0()
    {
        CategoricalMetric metric = new(["a", "b", "c"]);

        // a is right twice of three, b once of one but predicted twice, and the unlabelled row counts nowhere.
        metric.Update(
            Matrix([5, 0, 0, 5, 0, 0, 0, 5, 0, 0, 5, 0, 0, 0, 5], 5, 3), Matrix([0, 0, 0, 1, 2], 5, 1), Matrix([1, 1, 1, 1, 0], 5, 1));
        TaskScore score = metric.Compute();

        score.Values["accuracy"].Should().Be(0.75);
        score.Values["f1.a"].Should().BeApproximately(2.0 * 2 / (3 + 2), 1e-15);
        score.Values["f1.b"].Should().BeApproximately(2.0 * 1 / (1 + 2), 1e-15);
        score.Values["f1.c"].Should().Be(0);
        score.Primary.Should().BeApproximately((0.8 + (2.0 / 3) + 0) / 3, 1e-15);
        score.Values["macroF1"].Should().Be(score.Primary);
        score.Values.Should().HaveCount(5);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_class_output_that_is_not_finite_is_named_wherever_it_stands(double output)
    {
        CategoricalMetric metric = new(["a", "b", "c"]);
        metric.Invoking(m => m.Update(Matrix([0, 0, 0, 1, 2, output], 2, 3), Matrix([0, 0], 2, 1), Matrix([1, 1], 2, 1)))
            .Should().Throw<ArgumentException>().WithMessage("*Output 2 of row 1*diverged*");
    }

    [Fact]
    public void A_probability_at_its_threshold_is_absent_and_a_label_without_an_entry_scores_0_once_another_has_one()
    {
        MultiLabelMetric metric = new(["a", "b", "c"], [0.5, 0, 1]);
        metric.Compute().Primary.Should().BeNull();

        // Logits 0 and 40: probabilities of exactly 0.5, and of 1 after rounding.
        metric.Update(Matrix([0, -9, 40, 0.1, 0, 0], 2, 3), Matrix([1, 1, 1, 1, 0, 0], 2, 3), Matrix([1, 1, 1, 1, 0, 0], 2, 3));
        metric.Counts.Should().Equal(new BinaryCounts(1, 0, 1, 0), new BinaryCounts(1, 0, 0, 0), new BinaryCounts(0, 0, 1, 0));

        MultiLabelMetric one = new(["a", "b"]);
        one.Update(Matrix([3, 3], 1, 2), Matrix([1, 0], 1, 2), Matrix([1, 0], 1, 2));
        TaskScore score = one.Compute();
        score.Primary.Should().Be(0.5);
        score.Values["meanF1"].Should().Be(0.5);
        score.Values["f1.a"].Should().Be(1);
        score.Values["f1.b"].Should().Be(0);
    }

    [Fact]
    public void Every_outcome_of_a_yes_or_no_label_is_counted_as_what_it_is()
    {
        MultiLabelMetric metric = new(["a"]);
        foreach ((double output, double label) in Outcomes)
        {
            metric.Update(Matrix([output], 1, 1), Matrix([label], 1, 1), Matrix([1], 1, 1));
        }

        metric.Counts.Should().Equal(new BinaryCounts(1, 2, 3, 4));
        metric.Compute().Primary.Should().BeApproximately(2.0 / (2 + 2 + 3), 1e-15);
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    public void Thresholds_are_probabilities_and_are_copied(double threshold)
    {
        FluentActions.Invoking(() => new MultiLabelMetric(["a", "b"], [0.5, threshold]))
            .Should().Throw<ArgumentException>().WithMessage("*2 thresholds*");
        double[] given = [0.9];
        MultiLabelMetric metric = new(["a"], given);
        given[0] = 0;
        metric.Update(Matrix([1], 1, 1), Matrix([1], 1, 1), Matrix([1], 1, 1));
        metric.Counts.Should().Equal([new BinaryCounts(0, 0, 1, 0)], "0.73 is not over 0.9");
    }

    [Fact]
    public void Continuous_labels_are_averaged_over_those_that_occur()
    {
        RegressionMetric metric = new(["a", "b", "never"]);
        metric.Update(
            Matrix([1, 0, 9, 2, 1, 9, 3, 5, 9], 3, 3), Matrix([2, 0, 0, 3, 2, 0, 4, 0, 0], 3, 3),
            Matrix([1, 1, 0, 1, 1, 0, 1, 0, 0], 3, 3));
        TaskScore score = metric.Compute();

        // a: variances 2/3 each, covariance 2/3, means one apart; b: (0, 0), (1, 2) with variances 1/4 and 1, covariance 1/2,
        // means 1/2 apart.
        double a = 2 * (2.0 / 3) / ((4.0 / 3) + 1), b = 2 * 0.5 / (0.25 + 1 + 0.25);
        score.Values["ccc.a"].Should().BeApproximately(a, 1e-14);
        score.Values["ccc.b"].Should().BeApproximately(b, 1e-14);
        score.Values["ccc.never"].Should().BeNull();
        score.Values["mean"].Should().BeApproximately((a + b) / 2, 1e-14);
        score.Primary.Should().Be(score.Values["mean"]);
        score.Values["mae.a"].Should().Be(1);
        score.Values["mae.b"].Should().Be(0.5);
        score.Values["rmse.b"].Should().BeApproximately(Math.Sqrt(0.5), 1e-15);
        score.Values["mae.never"].Should().BeNull();
    }

    [Theory]
    [InlineData(RegressionScore.NegativeRootMeanSquaredError, 2.5)]
    [InlineData(RegressionScore.NegativeMeanAbsoluteError, 2.5)]
    public void Errors_are_averaged_over_labels_and_lower_is_better(RegressionScore primary, double expected)
    {
        RegressionMetric metric = new(["a", "b"], primary);
        metric.Update(Matrix([1, 10], 1, 2), Matrix([2, 6], 1, 2), Matrix([1, 1], 1, 2));
        metric.Compute().Primary.Should().Be(-expected);
    }

    [Fact]
    public void Limits_may_meet_and_none_may_be_unknown()
    {
        RegressionMetric metric = new(["a"], RegressionScore.NegativeMeanAbsoluteError, 2, 2);
        metric.Update(Matrix([9], 1, 1), Matrix([0.5], 1, 1), Matrix([1], 1, 1));
        metric.Compute().Primary.Should().Be(-1.5);
        FluentActions.Invoking(() => new RegressionMetric(["a"], RegressionScore.Concordance, double.NaN, 1))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new RegressionMetric(["a"], RegressionScore.Concordance, 1, double.NaN))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new RegressionMetric([])).Should().Throw<ArgumentException>().WithMessage("*at least 1*0*");
        FluentActions.Invoking(() => new MultiLabelMetric([])).Should().Throw<ArgumentException>().WithMessage("*at least 1*0*");
        new CategoricalMetric(["a", "A"]).Confusion.ClassCount.Should().Be(2, "names differ by case");
    }

    [Fact]
    public void Every_tensor_of_another_shape_is_named_with_the_shape_that_is_needed()
    {
        torch.Tensor outputs = torch.zeros(2, 3), labels = torch.zeros(2, 1);
        Refused(torch.zeros(6), labels, labels, "outputs", "Expected ?6, 3], got ?6]*");
        Refused(torch.zeros(2, 3, 1), labels, labels, "outputs", "Expected ?2, 3], got ?2, 3, 1]*");
        Refused(outputs, torch.zeros(3, 1), labels, "values", "Expected ?2, 1], got ?3, 1]*");
        Refused(outputs, torch.zeros(2, 2), labels, "values", "Expected ?2, 1], got ?2, 2]*");
        Refused(outputs, labels, torch.zeros(1, 1), "mask", "Expected ?2, 1], got ?1, 1]*");
        Refused(outputs, labels, torch.zeros(2, 3), "mask", "Expected ?2, 1], got ?2, 3]*");

        static void Refused(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask, string parameter, string message) => FluentActions
            .Invoking(() => new CategoricalMetric(["a", "b", "c"]).Update(outputs, values, mask))
            .Should().Throw<ArgumentException>().WithMessage(message).WithParameterName(parameter);
    }

    [Fact]
    public void Updates_leave_no_tensor_behind_and_read_any_type_and_layout()
    {
        torch.Tensor outputs = Matrix([1, 0, 5, 9, -1, 2], 2, 3, torch.ScalarType.Float32).t();
        torch.Tensor labels = Matrix([0, 0, 1], 3, 1, torch.ScalarType.Float32);
        torch.Tensor mask = torch.ones(3, 1);
        CategoricalMetric metric = new(["a", "b"]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        metric.Update(outputs, labels, mask);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        // Rows (1, 9), (0, -1), (5, 2) of the transposed matrix.
        (metric.Confusion[0, 1], metric.Confusion[0, 0], metric.Confusion[1, 0]).Should().Be((1, 1, 1));
    }

    public void Dispose() => _scope.Dispose();
}
