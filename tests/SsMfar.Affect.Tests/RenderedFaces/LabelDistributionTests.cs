using SsMfar.Data;
using SsMfar.RenderedFaces;

namespace SsMfar.Tests.RenderedFaces;

/// <summary>What labels a large set has, drawn without pictures.</summary>
public sealed class LabelDistributionTests
{
    private const int Neutral = 0, Anger = 1, Disgust = 2, Fear = 3, Happiness = 4, Sadness = 5, Surprise = 6, Other = 7;

    private static readonly Lazy<AnnotationRow[]> Complete = new(() =>
        [.. RenderedFaceSet.Labels(
            new() { TrainingCount = 20_000, ValidationCount = 0,
                MissingValenceArousal = 0, MissingActionUnits = 0, MissingExpression = 0 }).Training]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void Labels_go_missing_at_the_rates_of_sAffWild2(int seed)
    {
        AnnotationSet rows = RenderedFaceSet.Labels(new() { TrainingCount = 6_000, ValidationCount = 0, Seed = (ulong)seed }).Training;
        double Share(Func<AnnotationRow, bool> missing) => rows.Count(missing) / (double)rows.Count;
        Share(row => row.ValenceArousal is null).Should().BeApproximately(0.27, 0.008);
        Share(row => row.ActionUnits.KnownCount == 0).Should().BeApproximately(0.274, 0.008);
        Share(row => row.Expression is null).Should().BeApproximately(0.363, 0.008);
        Share(row => row.ActionUnits.KnownCount is not (0 or 12)).Should().Be(0, "a row's units are known or unknown together");

        // Any two tasks are missing together in some rows; no row is without any label.
        Share(row => row.ValenceArousal is null && row.Expression is null).Should().BeInRange(0.05, 0.15);
        Share(row => row.ValenceArousal is null && !row.ActionUnits.AnyKnown).Should().BeInRange(0.05, 0.15);
        Share(row => row.Expression is null && !row.ActionUnits.AnyKnown).Should().BeInRange(0.05, 0.15);
        Share(row => row.ValenceArousal is null && row.Expression is null && !row.ActionUnits.AnyKnown).Should().BeLessThan(0.002);
    }

    [Fact]
    public void Labels_go_missing_in_runs()
    {
        AnnotationSet rows = RenderedFaceSet.Labels(new() { TrainingCount = 600, ValidationCount = 0, MissingRunLength = 5 }).Training;
        rows.Select(row => row.Expression is null).Chunk(5).Should()
            .OnlyContain(run => run.All(missing => missing) || run.All(missing => !missing));
    }

    [Fact]
    public void Other_rates_are_kept_too()
    {
        AnnotationSet rows = RenderedFaceSet.Labels(
            new() {
                TrainingCount = 6_000,
                ValidationCount = 0,
                MissingExpression = 0.9,
                MissingActionUnits = 0,
                MissingValenceArousal = 1 }).Training;
        (rows.Count(row => row.Expression is null) / 6000.0).Should().BeApproximately(0.9, 0.01);
        rows.Should().OnlyContain(row => row.ValenceArousal == null && row.ActionUnits.KnownCount == 12);
    }

    [Fact]
    public void Every_class_and_unit_is_frequent_enough_to_learn()
    {
        for (int expression = 0; expression < 8; expression++)
        {
            (Complete.Value.Count(row => row.Expression == expression) / 20_000.0).Should().BeGreaterThan(0.055);
        }

        foreach (ActionUnit unit in ActionUnits.All)
        {
            (Complete.Value.Count(row => row.ActionUnits[unit] == true) / 20_000.0).Should()
                .BeInRange(0.08, 0.5, "{0} should be neither rare nor usual", unit);
        }
    }

    /// <summary>The core units of EMFACS (Friesen and Ekman 1983).</summary>
    [Theory]
    [InlineData(Anger, ActionUnit.AU4, ActionUnit.AU7)]
    [InlineData(Disgust, ActionUnit.AU10)]
    [InlineData(Fear, ActionUnit.AU1, ActionUnit.AU2, ActionUnit.AU4, ActionUnit.AU25)]
    [InlineData(Happiness, ActionUnit.AU6, ActionUnit.AU12)]
    [InlineData(Sadness, ActionUnit.AU1, ActionUnit.AU15)]
    [InlineData(Surprise, ActionUnit.AU1, ActionUnit.AU2, ActionUnit.AU25, ActionUnit.AU26)]
    public void Core_units_are_frequent_in_their_expression_and_not_at_rest(int expression, params ActionUnit[] core)
    {
        foreach (ActionUnit unit in core)
        {
            Rate(expression, unit).Should().BeGreaterThan(0.75, "{0} belongs to {1}", unit, ExpressionClassSet.AffWild2[expression]);
            Rate(Neutral, unit).Should().BeLessThan(0.15);
        }

        static double Rate(int expression, ActionUnit unit) =>
            Complete.Value.Where(row => row.Expression == expression).Average(row => row.ActionUnits[unit] == true ? 1.0 : 0);
    }

    [Fact]
    public void No_row_has_a_combination_that_no_face_makes()
    {
        Complete.Value.Should().NotContain(row => row.ActionUnits[ActionUnit.AU26] == true && row.ActionUnits[ActionUnit.AU25] == false);
        Complete.Value.Should().NotContain(row => row.ActionUnits[ActionUnit.AU24] == true && row.ActionUnits[ActionUnit.AU25] == true);
    }

    /// <summary>Russell's circumplex (1980): which quadrant each expression lies in.</summary>
    [Theory]
    [InlineData(Anger, -1, 1)]
    [InlineData(Disgust, -1, 1)]
    [InlineData(Fear, -1, 1)]
    [InlineData(Happiness, 1, 1)]
    [InlineData(Sadness, -1, -1)]
    [InlineData(Surprise, 0, 1)]
    public void Expressions_lie_where_the_circumplex_has_them(int expression, int valence, int arousal)
    {
        ValenceArousal[] affect = [.. Complete.Value.Where(row => row.Expression == expression).Select(row => row.ValenceArousal!.Value)];
        affect.Should().OnlyContain(value => value.Valence >= -1 && value.Valence <= 1 && value.Arousal >= -1 && value.Arousal <= 1);
        if (valence != 0)
        {
            affect.Average(value => value.Valence * valence).Should().BeGreaterThan(0.3f);
        }

        affect.Average(value => value.Arousal * arousal).Should().BeGreaterThan(0.15f);
    }

    [Fact]
    public void A_resting_face_lies_at_the_centre_and_Other_is_a_mixture()
    {
        ValenceArousal[] rest = [.. Complete.Value.Where(row => row.Expression == Neutral).Select(row => row.ValenceArousal!.Value)];
        rest.Average(value => value.Valence).Should().BeApproximately(0, 0.1f);
        rest.Average(value => value.Arousal).Should().BeApproximately(0, 0.1f);
        Complete.Value.Where(row => row.Expression == Other).Select(row => row.ActionUnits).Distinct().Count().Should().BeGreaterThan(50);
    }
}
