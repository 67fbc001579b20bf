using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

public class AnnotationStatisticsTests
{
    // The published training set (published-code facts): samples per class, positives per unit of 103,316 known rows.
    private static readonly int[] Classes = [23976, 4555, 3168, 3122, 18135, 7609, 5228, 24852];
    private static readonly int[] Positives = [18713, 8745, 20342, 30605, 41337, 38286, 26783, 2460, 2980, 5003, 70584, 10756];
    private const int KnownUnits = 103316;

    private static readonly Lazy<AnnotationStatistics> Published = new(() =>
    {
        IEnumerable<AnnotationRow> expressions = Classes.SelectMany(
            (count, k) => Enumerable.Repeat(new AnnotationRow("a", null, k, default), count));
        IEnumerable<AnnotationRow> units = Enumerable.Range(0, KnownUnits).Select(row =>
            new AnnotationRow("a", null, null, ActionUnitLabels.From([.. Positives.Select(count => (bool?)(row < count))])));
        return new AnnotationSet(expressions.Concat(units)).Statistics;
    });

    [Fact]
    public void Eq_1_gives_the_published_class_weights()
    {
        double[] published = [3.78066, 19.90011, 28.61269, 29.03427, 4.99835, 11.91287, 17.33837, 3.64739];

        Published.Value.ExpressionWeights().Select(weight => Math.Round(weight!.Value, 5)).Should().Equal(published);
        Published.Value.RequireExpressionWeights(power: 0.5).Zip(published, (weight, full) => Math.Abs(weight * weight - full)).Max()
            .Should()
            .BeLessThan(1e-5);
    }

    [Fact]
    public void Eq_2_and_the_published_code_weigh_units_differently()
    {
        Published.Value.ActionUnitWeights()[0].Should().BeApproximately(84603.0 / 18713, 1e-12);
        double[] code = [.. Published.Value.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive)
            .Select(weight => weight!.Value)];
        code[0].Should().BeApproximately(2.7605, 1e-4);
        code[1].Should().BeApproximately(5.9071, 1e-4);
        code[2].Should().BeApproximately(2.5395, 1e-4);
    }

    [Fact]
    public void Counts_follow_their_definition() => AnnotationGen.Set.Sample(set =>
    {
        AnnotationStatistics statistics = set.Statistics;
        statistics.Rows.Should().Be(set.Count);
        statistics.InvalidValenceArousal.Should().Be(set.Count(row => row.ValenceArousal is null));
        statistics.InvalidExpression.Should().Be(set.Count(row => row.Expression is null));
        statistics.InvalidActionUnits.Should().Be(set.Count(row => row.ActionUnits.KnownCount == 0));
        statistics.ExpressionCounts.Should().Equal(Enumerable.Range(0, 8).Select(k => set.Count(row => row.Expression == k)));
        statistics.ActionUnitPositives.Should().Equal(Enumerable.Range(0, 12).Select(k => set.Count(row => row.ActionUnits[k] == true)));
        statistics.ActionUnitNegatives.Should().Equal(Enumerable.Range(0, 12).Select(k => set.Count(row => row.ActionUnits[k] == false)));
    }, iter: 200);

    [Fact]
    public void A_class_without_a_sample_has_no_weight_and_training_refuses_it()
    {
        AnnotationStatistics statistics = new AnnotationSet(
            Enumerable.Range(0, 8).Where(k => k != 3)
                .Select(k => new AnnotationRow("a", null, k, ActionUnitLabels.Unknown.With(0, k > 1).With(1, k > 0)))).Statistics;

        statistics.ExpressionWeights().Select((weight, k) => weight is null ? k : -1).Where(k => k >= 0).Should().Equal(3);
        Action expressions = () => statistics.RequireExpressionWeights();
        expressions.Should().Throw<InsufficientLabelsException>().WithMessage("No row is labelled Fear*cap*").Which.Missing.Should()
            .Equal("Fear");
        Action units = () => statistics.RequireActionUnitWeights();
        units.Should().Throw<InsufficientLabelsException>().Which.Missing.Should().Equal(ActionUnits.Names.Skip(2));
        statistics.RequireExpressionWeights(cap: 5).Should().Equal(5, 5, 5, 5, 5, 5, 5, 5);
        statistics.RequireActionUnitWeights(cap: 0.1).Should().Equal(Enumerable.Repeat(0.1, 12));
    }

    [Fact]
    public void An_empty_set_has_no_weights()
    {
        AnnotationStatistics statistics = new AnnotationSet([]).Statistics;

        statistics.Rows.Should().Be(0);
        statistics.ExpressionWeights().Should().OnlyContain(weight => weight == null);
        statistics.ActionUnitWeights().Should().OnlyContain(weight => weight == null);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, 0)]
    [InlineData(1, double.PositiveInfinity)]
    public void Powers_and_caps_are_checked(double power, double cap)
    {
        Action weights = () => Published.Value.ExpressionWeights(power, cap);

        weights.Should().Throw<ArgumentOutOfRangeException>();
    }
}
