using SsMfar.Data;

namespace SsMfar.Tests.Data;

/// <summary>Units of which every label says the same, or none says anything: there is no weight that could balance them.</summary>
public sealed class OneSidedUnitTests
{
    private const int Present = 0;
    private const int Absent = 1;
    private const int Unlabelled = 2;

    // Ten rows: one unit shown by all, one by none, one unknown in all, the others shown by four.
    private static readonly AnnotationStatistics Statistics = new AnnotationSet(Enumerable.Range(0, 10).Select(row => new AnnotationRow(
        "a", null, null, ActionUnitLabels.From([true, false, null, .. Enumerable.Repeat<bool?>(row < 4, 9)])))).Statistics;

    [Theory]
    [InlineData(ActionUnitWeighting.NegativeOverPositive, 1.5)]
    [InlineData(ActionUnitWeighting.NOver2Positive, 1.25)]
    public void A_unit_that_every_labelled_row_shows_has_no_weight_as_one_that_none_shows(ActionUnitWeighting weighting, double others)
    {
        double?[] weights = [.. Statistics.ActionUnitWeights(1, weighting)];

        weights.Should().Equal([null, null, null, .. Enumerable.Repeat<double?>(others, 9)]);
    }

    [Theory]
    [InlineData(ActionUnitWeighting.NegativeOverPositive)]
    [InlineData(ActionUnitWeighting.NOver2Positive)]
    public void Weights_that_are_switched_off_are_1_of_every_unit_and_class_or_the_cap(ActionUnitWeighting weighting)
    {
        Statistics.RequireActionUnitWeights(0, weighting).Should().Equal(Enumerable.Repeat(1.0, 12));
        Statistics.RequireActionUnitWeights(0, weighting, cap: 5).Should().Equal(Enumerable.Repeat(1.0, 12));
        Statistics.RequireActionUnitWeights(0, weighting, cap: 0.5).Should().Equal(Enumerable.Repeat(0.5, 12));
        Statistics.RequireExpressionWeights(0).Should().Equal(Enumerable.Repeat(1.0, 8));
        Statistics.RequireExpressionWeights(0, cap: 0.5).Should().Equal(Enumerable.Repeat(0.5, 8));
    }

    [Fact]
    public void Training_refuses_them_and_says_what_is_lacking_of_each()
    {
        Action weights = () => Statistics.RequireActionUnitWeights();

        InsufficientLabelsException refused = weights.Should().Throw<InsufficientLabelsException>().Which;
        refused.Missing.Should().Equal("AU1", "AU2", "AU4");
        refused.Message.Should().StartWith("No row shows AU2 or AU4, and none is labelled as lacking AU1, so").And.Contain("cap");
    }

    [Fact]
    public void A_unit_that_every_labelled_row_shows_is_named_alone_where_it_is_alone()
    {
        AnnotationStatistics statistics = new AnnotationSet(Enumerable.Range(0, 10).Select(row => new AnnotationRow(
            "a", null, null, ActionUnitLabels.From([true, .. Enumerable.Repeat<bool?>(row < 4, 11)])))).Statistics;
        Action weights = () => statistics.RequireActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive);

        weights.Should().Throw<InsufficientLabelsException>().WithMessage("No row is labelled as lacking AU1, so*")
            .Which.Missing.Should().Equal("AU1");
    }

    [Theory]
    [InlineData(ActionUnitWeighting.NegativeOverPositive)]
    [InlineData(ActionUnitWeighting.NOver2Positive)]
    public void With_a_cap_it_is_learned_with_a_weight_of_1_or_the_cap(ActionUnitWeighting weighting)
    {
        Statistics.RequireActionUnitWeights(1, weighting, cap: 5)[Present].Should().Be(1);
        Statistics.RequireActionUnitWeights(1, weighting, cap: 0.25)[Present].Should().Be(0.25);
        Statistics.RequireActionUnitWeights(1, weighting, cap: 5)[Absent].Should().Be(5);
        Statistics.RequireActionUnitWeights(1, weighting, cap: 5)[Unlabelled].Should().Be(5);
    }

    [Fact]
    public void A_class_that_every_labelled_row_has_leaves_the_others_without_a_sample()
    {
        AnnotationStatistics statistics = new AnnotationSet(
            Enumerable.Range(0, 5).Select(_ => new AnnotationRow("a", null, 4, ActionUnitLabels.Unknown))).Statistics;
        Action weights = () => statistics.RequireExpressionWeights();

        weights.Should().Throw<InsufficientLabelsException>().Which.Missing.Should().HaveCount(7).And.NotContain("Happiness");
        statistics.RequireExpressionWeights(cap: 3).Should().Equal(3, 3, 3, 3, 1, 3, 3, 3);
    }
}
