using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Metrics;

public class AffectScorerTests
{
    private static (int[] Expressions, float[] Units, float[] Affect) Predictions(int rows, int seed)
    {
        Random random = new(seed);
        return (
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(8))],
            [.. Enumerable.Range(0, rows * 12).Select(_ => random.NextSingle())],
            [.. Enumerable.Range(0, rows * 2).Select(_ => random.NextSingle() * 3 - 1.5f)]);
    }

    [Fact]
    public void A_task_without_any_label_is_null_and_so_is_the_sum()
    {
        AnnotationSet truth = new([
            new("a", new(0.1f, 0.2f), null, ActionUnitLabels.Unknown
                .With(1, true)), new("b", new(-0.1f, 0.4f), null, ActionUnitLabels.Unknown)]);
        (int[] expressions, float[] units, float[] affect) = Predictions(2, 1);

        AffectScores scores = AffectScorer.Score(truth, expressions, units, affect);

        scores.Expression.Should().BeNull();
        scores.PMtl.Should().BeNull();
        scores.ActionUnits.Should().NotBeNull();
        scores.ValenceArousal.Should().NotBeNull();
    }

    [Fact]
    public void Nothing_known_scores_nothing()
    {
        AnnotationSet truth = new([new("a", null, null, default)]);
        (int[] expressions, float[] units, float[] affect) = Predictions(1, 1);

        AffectScorer.Score(truth, expressions, units, affect).Should()
            .BeEquivalentTo(new AffectScores(null, null, null));
        AffectScorer.Score(new AnnotationSet([]), expressions.AsSpan(0, 0), units.AsSpan(0, 0), affect.AsSpan(0, 0)).PMtl.Should().BeNull();
    }

    [Fact]
    public void A_task_that_was_not_predicted_is_null()
    {
        AnnotationSet truth = new([new("a", new(0, 0), 0, ActionUnitLabels.Unknown.With(0, false))]);

        AffectScores scores = AffectScorer.Score(truth, [0], ReadOnlySpan<float>.Empty, []);

        scores.Expression!.MacroF1.Should().Be(1 / 8.0);
        (scores.ActionUnits, scores.ValenceArousal, scores.PMtl).Should().Be((null, null, null));
    }

    [Fact]
    public void Predicted_affect_is_clamped_first()
    {
        AnnotationSet truth = new([new("a", new(1, -1), null, default), new("b", new(-1, 1), null, default)]);

        AffectScorer.Score(truth, [], ReadOnlySpan<double>.Empty, [7.0, -3, -1.5, 1]).ValenceArousal.Should()
            .BeEquivalentTo(new ValenceArousalScores(1, 1));
    }

    [Fact]
    public void Scores_are_the_metrics_of_the_known_rows() => Gen.Select(AnnotationGen.Set, Gen.Int).Sample((truth, seed) =>
    {
        (int[] expressions, float[] units, float[] affect) = Predictions(truth.Count, seed);
        AffectScores scores = AffectScorer.Score(truth, expressions, units, affect);
        int[] known = [.. Enumerable.Range(0, truth.Count).Where(i => truth[i].ValenceArousal is not null)];
        double? Ccc(int k) => ConcordanceAccumulator.Of(
            [.. known.Select(i => Math.Clamp((double)affect[2 * i + k], -1, 1))],
            [.. known.Select(i => (double)(k == 0 ? truth[i].ValenceArousal!.Value.Valence : truth[i].ValenceArousal!.Value.Arousal))]);
        (scores.ValenceArousal?.Valence, scores.ValenceArousal?.Arousal).Should().Be((Ccc(0), Ccc(1)));
        int[] labelled = [.. Enumerable.Range(0, truth.Count).Where(i => truth[i].Expression is not null)];
        (scores.Expression is null).Should().Be(labelled.Length == 0);
        for (int k = 0; labelled.Length > 0 && k < 8; k++)
        {
            double right = labelled.Count(i => truth[i].Expression == k && expressions[i] == k);
            double all = labelled.Count(i => truth[i].Expression == k) + labelled.Count(i => expressions[i] == k);
            scores.Expression!.F1[k].Should().Be(all == 0 ? 0 : 2 * right / all);
        }
    }, iter: 200);

    [Fact]
    public void The_order_of_rows_does_not_matter() => Gen.Select(AnnotationGen.Set.Where(set => set.Count > 0), Gen.Int)
        .Sample((truth, seed) =>
            {
                (int[] expressions, float[] units, float[] affect) = Predictions(truth.Count, seed);
                int[] order = [.. Enumerable.Range(0, truth.Count)];
                new Random(seed).Shuffle(order);
                AffectScores plain = AffectScorer.Score(truth, expressions, units, affect);
                AffectScores shuffled = AffectScorer.Score(
                    truth.Select(order),
                    [.. order.Select(i => expressions[i])],
                    (float[])[.. order.SelectMany(i => units.Skip(12 * i).Take(12))],
                    (float[])[.. order.SelectMany(i => affect.Skip(2 * i).Take(2))]);
                shuffled.Expression.Should().BeEquivalentTo(plain.Expression);
                shuffled.ActionUnits.Should().BeEquivalentTo(plain.ActionUnits);
                (shuffled.ValenceArousal is null).Should().Be(plain.ValenceArousal is null);
                Math.Abs((shuffled.ValenceArousal?.Mean ?? 0) - (plain.ValenceArousal?.Mean ?? 0)).Should().BeLessThan(1e-12);
            }, iter: 200);

    [Fact]
    public void Merged_scorers_equal_one()
    {
        AffectScorer first = new();
        AffectScorer second = new();
        AffectScorer whole = new();
        foreach ((AffectScorer part, double v) in new[] { (first, 0.1), (first, -0.3), (second, 0.8), (second, 0.2) })
        {
            foreach (AffectScorer scorer in new[] { part, whole })
            {
                scorer.AddValenceArousal(v, -v, v / 2, v);
                scorer.Expression.Add(v > 0 ? 1 : 2, 1);
                scorer.ActionUnits.Add(ActionUnitLabels.Unknown.With(0, v > 0), ActionUnitLabels.Unknown.With(0, true));
            }
        }

        first.Merge(second);

        first.Compute().PMtl.Should().BeApproximately(whole.Compute().PMtl!.Value, 1e-14);
    }

    [Fact]
    public void A_prediction_that_is_not_finite_names_its_row()
    {
        AnnotationSet truth = new([new("a.jpg", null, null, default), new("b.jpg", null, null, default)]);
        Action affect = () => AffectScorer.Score(truth, [], ReadOnlySpan<double>.Empty, [0.0, 0, double.NaN, 0]);
        affect.Should().Throw<ArgumentException>().WithMessage("Row 1 (b.jpg): *NaN*");
        float[] units = new float[24];
        units[23] = float.PositiveInfinity;
        Action probabilities = () => AffectScorer.Score(truth, [], units, []);
        probabilities.Should().Throw<ArgumentException>().WithMessage("Row 1 (b.jpg): *AU26*");
        Action expression = () => AffectScorer.Score(truth, [0, 8], ReadOnlySpan<float>.Empty, []);
        expression.Should().Throw<ArgumentException>().WithMessage("Row 1 (b.jpg): *8*");
        Action length = () => AffectScorer.Score(truth, [0], ReadOnlySpan<float>.Empty, []);
        length.Should().Throw<ArgumentException>().WithMessage("*2*1*");
    }

    [Fact]
    public void Thresholds_may_be_tuned_per_unit()
    {
        AnnotationSet truth = new([new("a", null, null, ActionUnitLabels.Unknown.With(0, true).With(1, false))]);
        float[] units = [0.3f, 0.6f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        AffectScorer.Score(truth, [], units, []).ActionUnits!.MeanF1.Should().Be(0);
        AffectScorer.Score(truth, [], units, [], [0.2, 0.7, .. Enumerable.Repeat(0.5, 10)]).ActionUnits!.MeanF1.Should().Be(1 / 12.0);
    }
}
