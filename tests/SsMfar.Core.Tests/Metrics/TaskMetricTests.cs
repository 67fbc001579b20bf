using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Runtime;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Metrics;

/// <summary>The tasks' metrics over batches of tensors, against the PyTorch reference and by hand.</summary>
public sealed class TaskMetricTests
{
    public static TheoryData<string> Devices => LossTestData.Devices;

    [Theory]
    [MemberData(nameof(Devices))]
    public void Every_golden_case_agrees_in_batches_of_any_size(string device)
    {
        JsonElement[] cases = GoldenCases("metrics.json");
        cases.Should().NotBeEmpty();
        foreach (JsonElement item in cases)
        {
            foreach (int batch in new[] { 1000, 7 })
            {
                Check(item, batch, device);
            }
        }
    }

    [Fact]
    public void Without_a_label_every_value_is_null()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (int rows in new[] { 0, 3 })
        {
            foreach ((ITaskMetric metric, int outputs, int labels) in Three())
            {
                metric.Update(torch.zeros(rows, outputs), torch.zeros(rows, labels), torch.zeros(rows, labels));
                TaskScore score = metric.Compute();
                score.Primary.Should().BeNull();
                score.Values.Should().NotBeEmpty();
                score.Values.Values.Should().OnlyContain(value => value == null);
            }
        }
    }

    [Fact]
    public void Values_are_named_by_class_unit_and_dimension()
    {
        AffectMetrics.Expression(ExpressionClassSet.SyntheticData).Compute().Values.Keys.Should().Equal(
            "accuracy", "f1.Anger", "f1.Disgust", "f1.Fear", "f1.Happiness", "f1.Sadness", "f1.Surprise", "macroF1");
        AffectMetrics.ActionUnits().Compute().Values.Keys.Should().Contain(["meanF1", "f1.AU1", "f1.AU26"]).And.HaveCount(13);
        AffectMetrics.ActionUnits(units: ActionUnitSet.Parse("AU5", "AU7")).Compute().Values.Keys.Should()
            .BeEquivalentTo("meanF1", "f1.AU5", "f1.AU7");
        AffectMetrics.ValenceArousal().Compute().Values.Keys.Should().Contain(["mean", "ccc.valence", "ccc.arousal"]);
    }

    [Fact]
    public void An_action_unit_is_predicted_over_its_own_threshold()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        MultiLabelMetric metric = new(["a", "b"], [0.2, 0.9]);
        metric.Update(Matrix([-1, 1, -2, 3], 2, 2), Matrix([1, 1, 1, 1], 2, 2), Matrix([1, 1, 1, 1], 2, 2));
        metric.Counts.Should().Equal(new BinaryCounts(1, 0, 1, 0), new BinaryCounts(1, 0, 1, 0));
        metric.Compute().Primary.Should().BeApproximately(2.0 / 3, 1e-15);
    }

    [Theory]
    [InlineData(RegressionScore.NegativeRootMeanSquaredError, -1.0)]
    [InlineData(RegressionScore.NegativeMeanAbsoluteError, -0.75)]
    public void Another_continuous_task_is_judged_by_its_errors(RegressionScore primary, double expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        RegressionMetric metric = new(["age", "height"], primary);
        torch.Tensor mask = Matrix([1, 0, 1, 0, 1, 0, 1, 0], 4, 2);
        metric.Update(Matrix([1, 9, 2, 9, 3, 9, 5, 9], 4, 2), Matrix([1, 0, 2.5, 0, 2, 0, 3.5, 0], 4, 2), mask);
        TaskScore score = metric.Compute();
        double rmse = Math.Sqrt((0 + 0.25 + 1 + 2.25) / 4);
        score.Values["rmse.age"].Should().BeApproximately(rmse, 1e-15);
        score.Values["mae.age"].Should().BeApproximately(0.75, 1e-15);
        score.Values["rmse.height"].Should().BeNull("it has no label");
        score.Primary.Should().BeApproximately(primary == RegressionScore.NegativeMeanAbsoluteError ? expected : -rmse, 1e-15);
    }

    [Fact]
    public void Outputs_outside_the_limits_are_clamped()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ITaskMetric clamped = AffectMetrics.ValenceArousal(), inside = AffectMetrics.ValenceArousal();
        torch.Tensor labels = Matrix([0.1, 0.2, -0.3, 0.5, 0.9, -1], 3, 2), mask = torch.ones(3, 2);
        clamped.Update(Matrix([5, 0.2, -0.3, -7, 0.9, -1], 3, 2), labels, mask);
        inside.Update(Matrix([1, 0.2, -0.3, -1, 0.9, -1], 3, 2), labels, mask);
        clamped.Compute().Values.Should().Equal(inside.Compute().Values);
    }

    [Fact]
    public void An_output_that_is_not_finite_is_an_error_unless_its_row_has_no_label()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((ITaskMetric metric, int outputs, int labels) in Three())
        {
            torch.Tensor diverged = torch.full([2, outputs], Scalars.Of(double.NaN));
            metric.Update(diverged, torch.zeros(2, labels), torch.zeros(2, labels));
            metric.Invoking(m => m.Update(diverged, torch.zeros(2, labels), torch.ones(2, labels))).Should().Throw<ArgumentException>()
                .WithMessage("*diverged*");
            metric.Invoking(m => m.Update(torch.zeros(2, outputs + 1), torch.zeros(2, labels), torch.ones(2, labels)))
                .Should().Throw<ArgumentException>().WithMessage($"Expected ?2, {outputs}], got*");
        }
    }

    [Fact]
    public void Names_and_thresholds_that_cannot_be_are_refused()
    {
        FluentActions.Invoking(() => new CategoricalMetric(["one"])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new CategoricalMetric(["one", "one"])).Should().Throw<ArgumentException>().WithMessage("*repeat*");
        FluentActions.Invoking(() => new MultiLabelMetric(["one"], [0.5, 0.5])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new MultiLabelMetric(["one"], [double.NaN])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new RegressionMetric(["one"], RegressionScore.Concordance, 1, -1)).Should().Throw<ArgumentException>();
    }

    private static IEnumerable<(ITaskMetric Metric, int Outputs, int Labels)> Three()
    {
        yield return (AffectMetrics.Expression(ExpressionClassSet.AffWild2), 8, 1);
        yield return (AffectMetrics.ActionUnits(), 12, 12);
        yield return (AffectMetrics.ValenceArousal(), 2, 2);
    }

    private static void Check(JsonElement item, int batch, string device)
    {
        double[] predicted = Doubles(item.GetProperty("predicted_expression"));
        int rows = predicted.Length;
        double[] logits = [.. predicted.SelectMany(c => Enumerable.Range(0, 8).Select(k => k == (int)c ? 2.0 : 1.0))];
        double[] unitLogits = [.. Doubles(item.GetProperty("au_probabilities")).Select(p => Math.Log(p / (1 - p)))];
        JsonElement expected = item.GetProperty("expected");

        TaskScore expression = Score(
            AffectMetrics.Expression(ExpressionClassSet.AffWild2),
            logits,
            Doubles(item.GetProperty("expression")),
            -1,
            rows,
            batch,
            device);
        Compare(expression.Primary, expected.GetProperty("macro_f1"), "macro F1");
        CompareAll(expression, ExpressionClassSet.AffWild2.Names, "f1.", expected.GetProperty("f1_per_class"));

        TaskScore units = Score(AffectMetrics.ActionUnits(), unitLogits, Doubles(item.GetProperty("au")), -1, rows, batch, device);
        Compare(units.Primary, expected.GetProperty("au_f1"), "mean unit F1");
        CompareAll(units, ActionUnits.Names, "f1.", expected.GetProperty("f1_per_au"));

        TaskScore affect = Score(
            AffectMetrics.ValenceArousal(),
            Doubles(item.GetProperty("predicted_va")),
            Doubles(item.GetProperty("va")),
            -5,
            rows,
            batch,
            device);
        Compare(affect.Primary, expected.GetProperty("va"), "mean CCC");
        CompareAll(affect, ["valence", "arousal"], "ccc.", expected.GetProperty("ccc"));
    }

    private static TaskScore Score(
        ITaskMetric metric,
        double[] outputs,
        double[] labels,
        double invalid,
        int rows,
        int batch,
        string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int outputWidth = outputs.Length / rows, labelWidth = labels.Length / rows;
        for (int start = 0; start < rows; start += batch)
        {
            int count = Math.Min(batch, rows - start);
            double[] part = labels[(start * labelWidth)..((start + count) * labelWidth)];
            metric.Update(
                Matrix(outputs[(start * outputWidth)..((start + count) * outputWidth)], count, outputWidth, device: device),
                Matrix([.. part.Select(v => v == invalid ? 0 : v)], count, labelWidth, device: device),
                Matrix([.. part.Select(v => v == invalid ? 0.0 : 1.0)], count, labelWidth, device: device));
        }

        return metric.Compute();
    }

    private static void CompareAll(TaskScore score, IReadOnlyList<string> names, string prefix, JsonElement expected)
    {
        for (int i = 0; i < names.Count; i++)
        {
            Compare(score.Values[prefix + names[i]], expected[i], names[i]);
        }
    }

    private static void Compare(double? actual, JsonElement expected, string what) =>
        actual.Should().BeApproximately(expected.GetDouble(), 1e-9, what);
}
