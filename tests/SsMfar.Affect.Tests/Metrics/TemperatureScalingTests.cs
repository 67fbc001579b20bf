using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.Tests.Metrics;

public sealed class TemperatureScalingTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    [InlineData(0.4)]
    public void Logits_that_were_scaled_are_scaled_back(double scale)
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(20_000, seed: 1);

        TemperatureScaling.Fit(truth, TuningFaces.Probabilities(logits, scale)).Should().BeApproximately(scale, 0.04 * scale);
    }

    [Fact]
    public void No_other_temperature_has_a_lower_loss() => Gen.Select(Gen.Int[0, 1000], Gen.Double[0.2, 6]).Sample((seed, scale) =>
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(60, seed);
        float[] probabilities = TuningFaces.Probabilities(logits, scale);

        double found = TemperatureScaling.Fit(truth, probabilities);

        found.Should().BeInRange(TemperatureScaling.Lowest, 1 / TemperatureScaling.Lowest);
        double best = Loss(truth, probabilities, found);
        for (double other = 0.1; other <= 10; other *= 1.02)
        {
            Loss(truth, probabilities, other).Should().BeGreaterThan(best - 1e-6);
        }
    }, iter: 40);

    [Fact]
    public void The_order_of_the_rows_changes_nothing_and_unknown_ones_count_nowhere() => Gen.Int[0, 1000].Sample(seed =>
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(80, seed);
        int[] order = [.. Enumerable.Range(0, truth.Count)];
        new Random(seed).Shuffle(order);
        AnnotationRow[] shuffled = [.. order.Select(i => truth[i]), new("unknown.jpg", null, null, ActionUnitLabels.Unknown)];

        double found = TemperatureScaling.Fit(truth, TuningFaces.Probabilities(logits, 2));

        TemperatureScaling.Fit(
            new(shuffled, TuningFaces.Classes),
            [.. TuningFaces.Probabilities([.. order.Select(i => logits[i])], 2), 1, 0, 0]).Should().Be(found);
    }, iter: 30);

    [Fact]
    public void Nothing_to_learn_from_leaves_probabilities_as_they_are()
    {
        AnnotationSet unknown = new([new("a.jpg", null, null, ActionUnitLabels.Unknown)], TuningFaces.Classes);
        AnnotationSet known = new([new("a.jpg", null, 1, ActionUnitLabels.Unknown)], TuningFaces.Classes);

        TemperatureScaling.Fit(unknown, [1, 0, 0]).Should().Be(1);
        TemperatureScaling.Fit(known, [1f / 3, 1f / 3, 1f / 3]).Should().Be(1, "no temperature changes equal probabilities");
        TemperatureScaling.Fit(known, [0.1f, 0.8f, 0.1f]).Should().Be(0.1, "what is always right is as sure as can be");
        TemperatureScaling.Fit(known, [0.9f, 0, 0.1f]).Should().Be(10);
    }

    [Fact]
    public void What_are_no_probabilities_is_refused()
    {
        AnnotationSet truth = new([new("a.jpg", null, 1, ActionUnitLabels.Unknown)], TuningFaces.Classes);

        FluentActions.Invoking(() => TemperatureScaling.Fit(truth, [1, 0])).Should().Throw<ArgumentException>()
            .WithMessage("*1 rows of 3*got 2*");
        FluentActions.Invoking(() => TemperatureScaling.Fit(truth, [0, 2, 0])).Should().Throw<ArgumentException>()
            .WithMessage("Probability 1 of row 0 is 2*");
        FluentActions.Invoking(() => TemperatureScaling.Fit(truth, [float.NaN, 0, 0])).Should().Throw<ArgumentException>();
    }

    // Written anew: the mean of -ln softmax(ln p / T) at the label.
    private static double Loss(AnnotationSet truth, float[] probabilities, double temperature) =>
        probabilities.Chunk(3).Select((own, i) =>
        {
            double[] powers = [.. own.Select(p => Math.Pow(p, 1 / temperature))];
            return -Math.Log(powers[truth[i].Expression!.Value] / powers.Sum());
        }).Average();
}
