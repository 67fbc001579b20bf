using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Training;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>
/// The coupling of expressions and units: the mixture of Kollias et al. (2021), section 3, in plain numbers, and its tables.
/// </summary>
public sealed class DistributionMatchingTests
{
    private static readonly double[] Classes = [1, 0.2, -0.5, 0, 0.3, 2];
    private static readonly double[] Units = [0.7, -1, 0.1, 2];

    [Fact]
    public void Units_are_matched_with_the_mixture_of_what_the_expressions_show()
    {
        // Two rows, three classes, two units; everything is known, as in the paper.
        double[] shares = [1, 0, 0.57, 1, 0, 0.26];
        double expected = 0;
        for (int row = 0; row < 2; row++)
        {
            double[] p = Softmax(Classes[(3 * row)..(3 * (row + 1))]);
            for (int unit = 0; unit < 2; unit++)
            {
                double q = Enumerable.Range(0, 3).Sum(c => p[c] * shares[(2 * c) + unit]);
                double s = 1 / (1 + Math.Exp(-Units[(2 * row) + unit]));
                expected -= ((q * Math.Log(s)) + ((1 - q) * Math.Log(1 - s))) / 4;
            }
        }

        using DisposeScope scope = torch.NewDisposeScope();
        Compute(shares, [1, 1, 1, 1, 1, 1], microBatches: 1).Scalar().Should().BeApproximately(expected, 1e-12);
        Compute(shares, [1, 1, 1, 1, 1, 1], microBatches: 4).Scalar().Should().BeApproximately(expected / 4, 1e-12);
    }

    [Fact]
    public void A_class_that_says_nothing_adds_nothing_and_the_others_share_its_place()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double expected = 0;
        for (int row = 0; row < 2; row++)
        {
            double[] p = Softmax(Classes[(3 * row)..(3 * (row + 1))]);
            for (int unit = 0; unit < 2; unit++)
            {
                double weight = p[0] + p[1], q = p[unit] / weight, s = 1 / (1 + Math.Exp(-Units[(2 * row) + unit]));
                expected -= weight * ((q * Math.Log(s)) + ((1 - q) * Math.Log(1 - s))) / 4;
            }
        }

        // What is written for the class that is not known does not matter.
        Compute([1, 0, 0, 1, 1, 1], [1, 1, 1, 1, 0, 0], 1).Scalar().Should().BeApproximately(expected, 1e-9);
        torch.Tensor nothing = Compute([1, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0], 1);
        nothing.Scalar().Should().Be(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_gradient_reaches_the_expressions_where_that_is_asked_for(bool bothWays)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor classes = Matrix(Classes, 2, 3, gradient: true), units = Matrix(Units, 2, 2, gradient: true);
        DistributionMatching.Compute(classes, units, Matrix([1, 0, 0, 1, 0, 0], 3, 2), torch.ones(3, 2, torch.ScalarType.Float64), bothWays)
            .backward();
        units.Gradient().Should().OnlyContain(gradient => gradient != 0);
        classes.Gradient().Any(gradient => gradient != 0).Should().Be(bothWays);
    }

    [Fact]
    public void Basic_expressions_show_their_prototypical_units_and_the_observational_ones_by_their_share()
    {
        // Du, Tao and Martinez (2014), Table 1, of the twelve units: AU1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26.
        var table = UnitShares.OfBasicExpressions(ExpressionClassSet.AffWild2, ActionUnitSet.AffWild2);
        Row("Neutral").Should().Equal(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Row("Anger").Should().Equal(0, 0, 1, 0, 1, 0.26, 0, 0, 0.29, 1, 0, 0);
        Row("Disgust").Should().Equal(0, 0, 0.31, 0, 0, 1, 0, 0, 0, 0.26, 0, 0);
        Row("Fear").Should().Equal(1, 0.57, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0.33);
        Row("Happiness").Should().Equal(0, 0, 0, 0.51, 0, 0, 1, 0, 0, 0, 1, 0);
        Row("Sadness").Should().Equal(0.6, 0, 1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0);
        Row("Surprise").Should().Equal(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1);
        Row("Other").Should().OnlyContain(share => share == null);

        // By their names, wherever they stand.
        UnitShares.OfBasicExpressions(new("contempt", "SURPRISE"), ActionUnitSet.AffWild2)[1].Should().Equal(Row("Surprise"));

        IReadOnlyList<double?> Row(string name) => table[ExpressionClassSet.AffWild2.Names.ToList().IndexOf(name)];
    }

    [Fact]
    public void Labelled_rows_say_how_often_a_unit_comes_with_an_expression()
    {
        ActionUnitLabels With(params bool?[] first) => ActionUnitLabels.From([.. first, .. new bool?[10]]);
        AnnotationSet set = new(
        [
            new("a", null, 0, With(true, null)), new("b", null, 0, With(true, false)), new("c", null, 0, With(false, null)),
            new("d", null, 1, With(null, true)), new("e", null, null, With(true, true)),
        ]);
        var table = UnitShares.OfLabelledRows(set);
        table[0].Take(3).Should().Equal(3.0 / 5, 1.0 / 3, null);
        table[1].Take(3).Should().Equal(null, 2.0 / 3, null);
        table[7].Should().OnlyContain(share => share == null);
    }

    private static torch.Tensor Compute(double[] shares, double[] known, int microBatches) => DistributionMatching.Compute(
        Matrix(Classes, 2, 3), Matrix(Units, 2, 2), Matrix(shares, 3, 2), Matrix(known, 3, 2), microBatches: microBatches);

    private static double[] Softmax(double[] logits) => [.. logits.Select(x => Math.Exp(x) / logits.Sum(Math.Exp))];
}
