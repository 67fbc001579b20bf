using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Metrics;

public sealed class ThresholdTuningTests
{
    private static double F1(float[] probabilities, bool[] present, float threshold)
    {
        int hits = probabilities.Where((p, i) => p > threshold && present[i]).Count();
        int all = present.Count(label => label) + probabilities.Count(p => p > threshold);
        return all == 0 ? 0 : 2.0 * hits / all;
    }

    [Fact]
    public void A_probability_that_is_the_threshold_is_not_over_it()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader("image,AU1\na.jpg,1\nb.jpg,1\nc.jpg,0\nd.jpg,0\n"));

        ThresholdTuningResult result = ThresholdTuning.CrossFit(truth, [0.9f, 0.5f, 0.5f, 0.1f]);

        result.Untuned!.F1.Single().Should().BeApproximately(2.0 / 3, 1e-12, "one of two is found, and nothing else");
    }

    [Fact]
    public void No_threshold_gives_a_higher_F1()
    {
        // Few different values, so that many probabilities are equal, and the ends of the range occur.
        Gen<float> probability = Gen.OneOf(Gen.Int[0, 8].Select(i => i / 8f), Gen.Float[0, 1]);
        Gen.Select(Gen.Select(probability, Gen.Bool).Array[0, 25], Gen.Float[0.01f, 0.99f]).Sample((rows, start) =>
        {
            float[] probabilities = [.. rows.Select(row => row.Item1)];
            bool[] present = [.. rows.Select(row => row.Item2)];

            float best = ThresholdTuning.Best(probabilities, present, start);

            best.Should().BeInRange(float.Epsilon, MathF.BitDecrement(1));
            float[] all = [start, .. probabilities.SelectMany(p => new[] { p, MathF.BitDecrement(p) }).Where(p => p is > 0 and < 1)];
            double highest = all.Max(threshold => F1(probabilities, present, threshold));
            F1(probabilities, present, best).Should().Be(highest);
            if (F1(probabilities, present, start) == highest)
            {
                best.Should().Be(start);
            }
        }, iter: 2000);
    }

    [Theory]
    [InlineData(new[] { 0.1f, 0.2f, 0.4f, 0.8f }, new[] { false, false, true, true }, 0.3f)]
    [InlineData(new[] { 0.9f, 0.95f, 0.97f }, new[] { false, true, true }, 0.925f)]
    [InlineData(new[] { 0.9f, 0.8f }, new[] { false, false }, 0.5f)]
    [InlineData(new[] { 0.2f, 0.1f }, new[] { true, true }, 0.05f)]
    [InlineData(new float[0], new bool[0], 0.5f)]
    public void A_threshold_lies_half_way_between_neighbours_and_stays_where_nothing_is_gained(
        float[] probabilities,
        bool[] present,
        float expected)
    {
        ThresholdTuning.Best(probabilities, present).Should().BeApproximately(expected, 1e-6f);
    }

    [Fact]
    public void Neighbours_one_bit_apart_are_told_apart()
    {
        float low = 0.3f;
        float high = MathF.BitIncrement(low);

        float best = ThresholdTuning.Best([low, high], [false, true]);

        (low > best, high > best).Should().Be((false, true));
    }

    [Fact]
    public void Of_equally_good_ones_the_nearest_to_the_start_is_taken()
    {
        // Two hits of three predicted, or one of one: F1 is 0.8 with the lower cut, and 2/3 with the higher.
        ThresholdTuning.Best([0.1f, 0.6f, 0.7f, 0.9f], [false, true, false, true], 0.95f).Should().BeApproximately(0.35f, 1e-6f);

        // 2 of 4 present: one hit of one predicted and two hits of four predicted are both 2/3.
        ThresholdTuning.Best([0.8f, 0.6f, 0.4f, 0.2f], [true, false, false, true], 0.95f).Should().BeApproximately(0.7f, 1e-6f);
        ThresholdTuning.Best([0.8f, 0.6f, 0.4f, 0.2f], [true, false, false, true], 0.05f).Should().Be(0.05f);
    }

    [Fact]
    public void Unknown_entries_count_nowhere_and_each_unit_has_its_own() => Gen.Select(AnnotationGen.Set, Gen.Int).Sample((truth, seed) =>
    {
        float[] probabilities = Probabilities(truth.Count, seed);

        float[] tuned = [.. ThresholdTuning.Tune(truth, probabilities)];

        for (int unit = 0; unit < 12; unit++)
        {
            int[] known = [.. Enumerable.Range(0, truth.Count).Where(row => truth[row].ActionUnits[unit] is not null)];
            tuned[unit].Should().Be(ThresholdTuning.Best(
                [.. known.Select(row => probabilities[(12 * row) + unit])], [.. known.Select(row => truth[row].ActionUnits[unit]!.Value)]));
        }
    }, iter: 100);

    [Fact]
    public void Scores_are_those_of_the_scorer_and_tuning_never_loses_on_its_own_rows() =>
        Gen.Select(AnnotationGen.Set.Where(set => set.Count >= 2 && set.Any(row => row.ActionUnits.AnyKnown)), Gen.Int)
            .Sample((truth, seed) =>
                {
                    float[] probabilities = Probabilities(truth.Count, seed);

                    ThresholdTuningResult result = ThresholdTuning.CrossFit(truth, probabilities);

                    result.Untuned.Should().BeEquivalentTo(AffectScorer.Score(truth, [], probabilities, []).ActionUnits);
                    result.Tuned.Should().BeEquivalentTo(
                        AffectScorer.Score(truth, [], probabilities, [], [.. result.Thresholds.Select(t => (double)t)]).ActionUnits);
                    result.Tuned!.F1.Zip(result.Untuned!.F1).Should().OnlyContain(pair => pair.First >= pair.Second);
                    result.Thresholds.Should().Equal(ThresholdTuning.Tune(truth, probabilities));
                }, iter: 100);

    [Fact]
    public void Cross_fitting_decides_each_half_by_the_other()
    {
        // Two videos whose unit 0 is separable at 0.2 in one and at 0.8 in the other.
        AnnotationRow Row(string image, bool present) => new(image, null, null, ActionUnitLabels.Unknown.With(0, present));
        AnnotationSet truth = new([Row("a/1.jpg", false), Row("a/2.jpg", true), Row("b/1.jpg", false), Row("b/2.jpg", true)]);
        float[] first = [0.1f, 0.3f, 0.7f, 0.9f];
        float[] probabilities = [.. first.SelectMany(p => Enumerable.Repeat(0f, 11).Prepend(p))];

        ThresholdTuningResult result = ThresholdTuning.CrossFit(truth, probabilities, groupBy: ImageGroups.Video);

        // a by 0.8: nothing predicted, one missed. b by 0.2: both predicted. Hits 1, predicted 2, present 2.
        result.CrossFitted!.F1[0].Should().BeApproximately(2.0 * 1 / (2 + 2), 1e-12);
        result.Untuned!.F1[0].Should().BeApproximately(0.5, 1e-12);
    }

    [Fact]
    public void What_cannot_be_used_is_refused()
    {
        AnnotationSet truth = new([new("a/1.jpg", null, null, default), new("a/2.jpg", null, null, default)]);
        Action lengths = () => ThresholdTuning.Best([0.5f], []);
        Action range = () => ThresholdTuning.Best([1.5f], [true]);
        Action nan = () => ThresholdTuning.Best([float.NaN], [true]);
        Action start = () => ThresholdTuning.Best([0.5f], [true], 1);
        Action width = () => ThresholdTuning.Tune(truth, new float[12]);
        Action groups = () => ThresholdTuning.CrossFit(truth, new float[24], groupBy: ImageGroups.Video);

        lengths.Should().Throw<ArgumentException>().WithMessage("*1 prob*0 labels*");
        range.Should().Throw<ArgumentException>().WithMessage("*1.5*");
        nan.Should().Throw<ArgumentException>().WithMessage("*NaN*");
        start.Should().Throw<ArgumentException>().WithMessage("*threshold 1*");
        width.Should().Throw<ArgumentException>().WithMessage("*24*12*");
        groups.Should().Throw<ArgumentException>().WithMessage("*one group, 'a'*");
    }

    private static float[] Probabilities(int rows, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, 12 * rows).Select(_ => random.NextSingle())];
    }
}
