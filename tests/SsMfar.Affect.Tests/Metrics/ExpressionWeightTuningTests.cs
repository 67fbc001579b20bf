using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.Tests.Metrics;

public sealed class ExpressionWeightTuningTests
{
    [Fact]
    [Trait("Trials", "Many")]
    public void Weights_undo_what_a_model_has_too_much_of()
    {
        // The classes are alike, so that a right model decides best by the most probable one; this one has offsets to its logits.
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(20_000, seed: 4);
        double[] offsets = [0.9, -0.4, -0.5];
        float[] skewed = TuningFaces.Probabilities(logits, 1, offsets);

        double[] found = [.. ExpressionWeightTuning.Tune(truth, skewed).Select(weight => Math.Log(weight))];

        (found[1] - found[0]).Should().BeApproximately(offsets[0] - offsets[1], 0.08);
        (found[2] - found[0]).Should().BeApproximately(offsets[0] - offsets[2], 0.08);
        float[] weights = [.. found.Select(weight => (float)Math.Exp(weight))];
        double right = TuningFaces.MacroF1(truth, TuningFaces.Probabilities(logits), [1, 1, 1]);
        TuningFaces.MacroF1(truth, skewed, weights).Should().BeApproximately(right, 0.003)
            .And.BeGreaterThan(TuningFaces.MacroF1(truth, skewed, [1, 1, 1]) + 0.03);
    }

    [Fact]
    public void A_rare_class_is_decided_for_as_macro_F1_asks()
    {
        // One class is rare: the model is right about it, and the most probable class hardly ever is that one.
        (AnnotationSet drawn, float[][] logits) = TuningFaces.Draw(6_000, seed: 9, spread: 1);
        float[] probabilities = TuningFaces.Probabilities(logits, 1, 0, 0, -2.5);
        Random random = new(3);
        AnnotationSet truth = new(
            drawn.Select((row, i) => row with { Expression = Choose(probabilities.AsSpan(3 * i, 3), random) }), TuningFaces.Classes);

        float[] weights = [.. ExpressionWeightTuning.Tune(truth, probabilities)];

        (weights[2] / weights[0]).Should().BeGreaterThan(1.5f);
        TuningFaces.MacroF1(truth, probabilities, weights).Should()
            .BeGreaterThan(TuningFaces.MacroF1(truth, probabilities, [1, 1, 1]) + 0.02);
    }

    [Fact]
    public void Macro_F1_of_the_rows_never_falls() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 60], Gen.Double[-3, 3].Array[3], Gen.Float[0.2f, 5].Array[3])
        .Sample((seed, count, offsets, start) =>
        {
            (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(count, seed);
            float[] probabilities = TuningFaces.Probabilities(logits, 1, offsets);

            float[] fromOnes = [.. ExpressionWeightTuning.Tune(truth, probabilities)];
            float[] fromStart = [.. ExpressionWeightTuning.Tune(truth, probabilities, start)];

            TuningFaces.MacroF1(truth, probabilities, fromOnes).Should()
                .BeGreaterThanOrEqualTo(TuningFaces.MacroF1(truth, probabilities, [1, 1, 1]));
            TuningFaces.MacroF1(truth, probabilities, fromStart).Should()
                .BeGreaterThanOrEqualTo(TuningFaces.MacroF1(truth, probabilities, start));
            fromOnes.Concat(fromStart).Should().OnlyContain(weight => weight > 0 && float.IsFinite(weight));
        }, iter: 150);

    [Fact]
    [Trait("Trials", "Many")]
    public void The_search_ends_where_no_weight_of_one_class_gains() => Gen.Int[0, 1000].Sample(seed =>
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(40, seed);
        float[] probabilities = TuningFaces.Probabilities(logits, 1, 1, 0, -1);
        ExpressionRows rows = ExpressionRows.Of(truth, probabilities);
        ExpressionWeightSearch search = new(rows, rows.All, [1, 1, 1]);
        for (int turn = 0; turn < 60; turn++)
        {
            search.Improve(turn % 3);
        }

        double best = Expected(search.Weights);
        for (int own = 0; own < 3; own++)
        {
            for (double factor = 0.05; factor < 20; factor *= 1.01)
            {
                float[] other = [.. search.Weights];
                other[own] *= (float)factor;
                Expected(other).Should().BeLessThanOrEqualTo(best + 1e-8);
            }
        }

        // Written anew: hits and shares as the corrected probabilities expect them.
        double Expected(float[] weights)
        {
            double[] factors = ExpressionPosterior.Factors(rows, rows.All);
            double[] hits = new double[3], all = new double[3];
            foreach (float[] own in probabilities.Chunk(3))
            {
                double[] posterior = [.. own.Select((p, k) => p * factors[k])];
                double sum = posterior.Sum();
                double[] products = [.. own.Select((p, k) => (double)p * weights[k])];
                int decided = Array.IndexOf(products, products.Max());
                hits[decided] += posterior[decided] / sum;
                all[decided]++;
                for (int k = 0; k < 3; k++)
                {
                    all[k] += posterior[k] / sum;
                }
            }

            return hits.Zip(all, (hit, every) => 2 * hit / every).Average();
        }
    }, iter: 15);

    [Fact]
    public void The_factors_make_the_classes_as_frequent_as_the_labels()
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(5_000, seed: 2);
        ExpressionRows rows = ExpressionRows.Of(truth, TuningFaces.Probabilities(logits, 1, 1, 0, -1));

        double[] factors = ExpressionPosterior.Factors(rows, rows.All);

        double[] posterior = new double[3], sums = new double[3];
        foreach (int row in rows.All)
        {
            ExpressionPosterior.Apply(rows.Row(row), factors, posterior);
            for (int k = 0; k < 3; k++)
            {
                sums[k] += posterior[k];
            }
        }

        sums.Select((sum, k) => sum - truth.Count(face => face.Expression == k)).Should().OnlyContain(off => Math.Abs(off) < 2);
        Math.Log(factors[1] / factors[0]).Should().BeApproximately(1, 0.1);
        Math.Log(factors[2] / factors[0]).Should().BeApproximately(2, 0.1);
    }

    [Fact]
    public void The_order_of_the_rows_changes_nothing() => Gen.Int[0, 1000].Sample(seed =>
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(70, seed);
        int[] order = [.. Enumerable.Range(0, truth.Count)];
        new Random(seed).Shuffle(order);

        ExpressionWeightTuning.Tune(
            new(order.Select(i => truth[i]), TuningFaces.Classes), TuningFaces.Probabilities([.. order.Select(i => logits[i])], 1, 1, 0, 0))
            .Should().Equal(ExpressionWeightTuning.Tune(truth, TuningFaces.Probabilities(logits, 1, 1, 0, 0)));
    }, iter: 30);

    [Fact]
    public void Nothing_known_changes_nothing_and_what_cannot_be_used_is_refused()
    {
        AnnotationSet unknown = new([new("a.jpg", null, null, ActionUnitLabels.Unknown)], TuningFaces.Classes);

        ExpressionWeightTuning.Tune(unknown, [1, 0, 0], [2, 3, 4]).Should().Equal(2, 3, 4);
        FluentActions.Invoking(() => ExpressionWeightTuning.Tune(unknown, [1, 0, 0], [1, 1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ExpressionWeightTuning.Tune(unknown, [1, 0, 0], [1, 0, 1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ExpressionWeightTuning.Tune(unknown, [1, 0])).Should().Throw<ArgumentException>();
    }

    private static int Choose(ReadOnlySpan<float> probabilities, Random random)
    {
        double left = random.NextDouble();
        return left < probabilities[0] ? 0 : left < probabilities[0] + probabilities[1] ? 1 : 2;
    }
}
