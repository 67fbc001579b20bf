using SsMfar.Reports.Charts;
using SsMfar.Reports.Pages;

namespace SsMfar.Tests;

/// <summary>The scales of charts, and bands around curves.</summary>
public sealed class ChartTests
{
    [Theory]
    [InlineData(0, 2.74, 1, 0, 3)]
    [InlineData(0, 3.5, 1, 0, 4)]
    [InlineData(0, 9.9, 2, 0, 10)]
    [InlineData(-0.12, 0.83, 0.2, -0.2, 1)]
    [InlineData(0, 0.03, 0.1, 0, 0.5)]
    [InlineData(-3, 4, 2, -4, 4)]
    [InlineData(0, 11.2, 2.5, 0, 12.5)]
    [InlineData(0, 1.2, 0.25, 0, 1.25)]
    public void A_scale_has_zero_and_round_numbers_and_holds_all_values(double low, double high, double step, double bottom, double top)
    {
        EpochChart chart = new("", [new("a", ChartTone.Of(0), [low, high, null])], 3, null);

        (chart.Step, chart.Bottom, chart.Top).Should().Be((step, bottom, top));
        chart.Bottom.Should().BeLessThanOrEqualTo(Math.Min(0, low));
        chart.Top.Should().BeGreaterThanOrEqualTo(high);
    }

    [Fact]
    public void Any_scale_has_zero_and_few_round_numbers()
    {
        Random random = new(1);
        for (int trial = 0; trial < 1000; trial++)
        {
            double high = Math.Pow(10, (random.NextDouble() * 5) - 2), low = (random.NextDouble() - 0.5) * high;
            EpochChart chart = new("", [new("a", ChartTone.Of(0), [low, high])], 2, null);

            double digits = chart.Step / Math.Pow(10, Math.Floor(Math.Log10(chart.Step) + 1e-9));
            new[] { 1, 2, 2.5, 5, 10 }.Should().Contain(round => Math.Abs(round - digits) < 1e-6);
            (chart.Bottom / chart.Step).Should().BeApproximately(Math.Round(chart.Bottom / chart.Step), 1e-6, "zero is on the scale");
            ((chart.Top - chart.Bottom) / chart.Step).Should().BeInRange(1.9, 8.1);
            chart.Bottom.Should().BeLessThanOrEqualTo(Math.Min(0, low) + 1e-9);
            chart.Top.Should().BeGreaterThanOrEqualTo(high - 1e-9);
        }
    }

    [Fact]
    public void A_band_is_drawn_around_its_curve_and_within_the_scale()
    {
        EpochChart plain = new("Scores", [new("a", ChartTone.Of(0), [1, 2])], 2, null);
        EpochChart banded = plain with { Curves = [plain.Curves[0] with { Band = [0.1, 1.5] }] };

        FigureView.Of(plain).Chart.Should().NotContain("<polygon");
        FigureView.Of(banded).Chart.Should().Contain("<polygon").And.Contain("fill:var(--c0)").And.Contain("fill-opacity");
        plain.Top.Should().Be(2);
        banded.Top.Should().BeGreaterThanOrEqualTo(3.5);
        banded.Labels.Should().Equal(plain.Labels.Select(label => label with { Height = banded.Labels[0].Height }));
    }

    [Fact]
    public void A_curve_without_a_band_at_some_epochs_is_drawn()
    {
        EpochChart chart = new("Scores", [new("a", ChartTone.Of(0), [1, 2, 3], Band: [null, 0.5, null])], 3, null);

        FigureView.Of(chart).Chart.Should().NotContain("NaN");
    }
}
