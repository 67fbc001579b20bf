using SsMfar.Data;

namespace SsMfar.Tests.Data;

/// <summary>Weights against imbalance at the ends of their power, under a cap, and with arguments that cannot be.</summary>
public sealed class AnnotationStatisticsEdgeTests
{
    [Theory]
    [InlineData(0, 1.0, 1.0)]
    [InlineData(1, 4.0, 4.0 / 3)]
    [InlineData(0.5, 2.0, 1.1547005383792515)]
    public void Class_weights_are_raised_to_a_power_from_0_on(double power, double rare, double frequent)
    {
        AnnotationStatistics statistics = new AnnotationSet(
            Enumerable.Range(0, 5)
                .Select(i => new AnnotationRow("a", null, i < 4 ? Math.Min(i, 1) : null, default)), new("rare", "frequent")).Statistics;
        double?[] weights = [.. statistics.ExpressionWeights(power)];
        weights[0].Should().BeApproximately(rare, 1e-12, "one of the four labelled rows");
        weights[1].Should().BeApproximately(frequent, 1e-12);
        statistics.ExpressionWeights(power, cap: 1.5).Should().OnlyContain(weight => weight <= 1.5);
    }

    [Fact]
    public void Rows_without_a_label_are_counted_task_by_task()
    {
        AnnotationStatistics statistics = new AnnotationSet([
            new("a", null, 2, ActionUnitLabels.Unknown.With(0, false)),
            new("b", null, null, ActionUnitLabels.Unknown),
            new("c", new(0, 0), null, ActionUnitLabels.Unknown),
            new("d", null, null, ActionUnitLabels.Unknown),
            new("e", null, null, ActionUnitLabels.Unknown.With(11, true)),
            new("f", null, null, ActionUnitLabels.Unknown),
        ]).Statistics;
        (statistics.Rows, statistics.InvalidValenceArousal, statistics.InvalidExpression, statistics.InvalidActionUnits)
            .Should().Be((6, 5, 5, 4));
        statistics.ExpressionCounts.Should().Equal(0, 0, 1, 0, 0, 0, 0, 0);
        statistics.ActionUnitPositives.Sum().Should().Be(1);
        statistics.ActionUnitNegatives.Sum().Should().Be(1);
    }

    [Fact]
    public void Unit_weights_of_both_formulas_are_capped_and_need_a_formula()
    {
        AnnotationStatistics statistics = new AnnotationSet(Enumerable.Range(0, 10).Select(i => new AnnotationRow(
            "a", null, null, ActionUnitLabels.Unknown.With(0, i < 2).With(1, true)))).Statistics;
        statistics.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive)[0].Should().Be(10 / 4.0);
        statistics.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive, cap: 2)[0].Should().Be(2);
        statistics.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive)[1].Should().BeNull("it is never absent");
        statistics.ActionUnitWeights(cap: 3)[1].Should().Be(1);
        statistics.ActionUnitWeights(cap: 0.25)[1].Should().Be(0.25);
        statistics.ActionUnitWeights(power: 0.5)[0].Should().Be(2);
        statistics.ActionUnitWeights(cap: 3)[0].Should().Be(3);
        statistics.ActionUnitWeights(cap: 3)[2].Should().Be(3, "it is never present");
        statistics.Invoking(s => s.ActionUnitWeights(weighting: (ActionUnitWeighting)9))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("weighting");
        statistics.Invoking(s => s.ActionUnitWeights(power: double.PositiveInfinity))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("power");
        statistics.Invoking(s => s.ActionUnitWeights(cap: -1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("cap");
        statistics.Invoking(s => s.ActionUnitWeights(cap: double.NaN))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("cap");
        statistics.Invoking(s => s.RequireActionUnitWeights())
            .Should().Throw<InsufficientLabelsException>().WithMessage("No row shows AU4 or * lacking AU2, so the action unit weights*");
    }
}
