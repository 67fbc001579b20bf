using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Metrics;

/// <summary>Intensities of ordinal logits, five a unit, against ICC(3,1), correlation and error in plain numbers.</summary>
public sealed class IntensityMetricTests
{
    private const int Rows = 9;

    private static readonly ActionUnitSet Units = ActionUnitSet.Parse("AU6", "AU12", "AU17");

    [Theory]
    [InlineData(9)]
    [InlineData(4)]
    public void Scores_of_logits_are_those_of_their_summed_probabilities_over_the_known_entries(int batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(3);
        double[] logits = random.Normal(Rows * 15, 2), truth = [.. Enumerable.Range(0, Rows * 3).Select(_ => (double)random.Next(6))];

        // Of the last unit nothing is known; what stands there instead of a label counts nowhere.
        double[] known = [.. Enumerable.Range(0, Rows * 3).Select(i => i % 3 != 2 && i % 5 != 1 ? 1.0 : 0)];
        double[] values = [.. truth.Zip(known, (value, mask) => mask > 0 ? value : -7)];
        ITaskMetric metric = AffectMetrics.ActionUnitIntensities(Units);

        for (int start = 0; start < Rows; start += batch)
        {
            int rows = Math.Min(batch, Rows - start);
            metric.Update(Of(logits, 15), Of(values, 3), Of(known, 3));

            torch.Tensor Of(double[] all, int width) =>
                Matrix(all[(start * width)..((start + rows) * width)], rows, width, torch.ScalarType.Float64);
        }

        TaskScore score = metric.Compute();
        List<double> icc = [], correlations = [], errors = [];
        for (int unit = 0; unit < 2; unit++)
        {
            (double X, double Y)[] pairs =
            [
                .. Enumerable.Range(0, Rows).Where(row => known[(row * 3) + unit] > 0).Select(row => (
                    Enumerable.Range(0, 5).Sum(step => 1 / (1 + Math.Exp(-logits[(row * 15) + (unit * 5) + step]))),
                    truth[(row * 3) + unit])),
            ];
            icc.Add(Consistency(pairs));
            correlations.Add(Correlation(pairs));
            errors.Add(pairs.Average(pair => Math.Abs(pair.X - pair.Y)));
            score.Values[$"icc.{Units.Names[unit]}"].Should().BeApproximately(icc[unit], 1e-12);
            score.Values[$"pcc.{Units.Names[unit]}"].Should().BeApproximately(correlations[unit], 1e-12);
            score.Values[$"mae.{Units.Names[unit]}"].Should().BeApproximately(errors[unit], 1e-12);
        }

        score.Values["icc.AU17"].Should().BeNull();
        score.Values["mae.AU17"].Should().BeNull();
        score.Values["meanIcc"].Should().BeApproximately(icc.Average(), 1e-12);
        score.Values["meanPcc"].Should().BeApproximately(correlations.Average(), 1e-12);
        score.Values["meanMae"].Should().BeApproximately(errors.Average(), 1e-12);
        score.Primary.Should().Be(score.Values["meanIcc"]);
    }

    // Two raters of each face: (rows' mean square - error's) / (rows' + error's).
    private static double Consistency((double X, double Y)[] pairs)
    {
        double meanX = pairs.Average(pair => pair.X), meanY = pairs.Average(pair => pair.Y), mean = (meanX + meanY) / 2;
        double between = 2 * pairs.Sum(pair => Math.Pow(((pair.X + pair.Y) / 2) - mean, 2)) / (pairs.Length - 1);
        double error = pairs.Sum(pair =>
            Math.Pow(pair.X - ((pair.X + pair.Y) / 2) - meanX + mean, 2) + Math.Pow(pair.Y - ((pair.X + pair.Y) / 2) - meanY + mean, 2))
            / (pairs.Length - 1);
        return (between - error) / (between + error);
    }

    private static double Correlation((double X, double Y)[] pairs)
    {
        double meanX = pairs.Average(pair => pair.X), meanY = pairs.Average(pair => pair.Y);
        return pairs.Sum(pair => (pair.X - meanX) * (pair.Y - meanY)) /
            Math.Sqrt(pairs.Sum(pair => Math.Pow(pair.X - meanX, 2)) * pairs.Sum(pair => Math.Pow(pair.Y - meanY, 2)));
    }
}
