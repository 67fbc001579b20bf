using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>The challenge's scores by hand: counts of every outcome, what is equal, what is refused, and each task by itself.</summary>
public sealed class ScoreEdgeTests
{
    [Fact]
    public void Outcomes_add_up_and_give_precision_recall_and_F1()
    {
        BinaryCounts counts = new(8, 2, 4, 6);
        counts.Total.Should().Be(20);
        counts.Precision.Should().Be(0.8);
        counts.Recall.Should().BeApproximately(8.0 / 12, 1e-15);
        counts.F1.Should().BeApproximately(2 * 0.8 * (8.0 / 12) / (0.8 + (8.0 / 12)), 1e-15);
        counts.Plus(new(1, 10, 100, 1000)).Should().Be(new BinaryCounts(9, 12, 104, 1006));
        BinaryCounts never = new(0, 0, 0, 5);
        (never.F1, never.Precision, never.Recall).Should().Be((0, 0, 0));
        new BinaryCounts(0, 3, 0, 0).F1.Should().Be(0);
        new BinaryCounts(0, 0, 3, 0).F1.Should().Be(0);
    }

    [Fact]
    public void Counts_of_a_unit_keep_every_outcome_when_added_and_merged()
    {
        ActionUnitMetric metric = new(), other = new();
        metric.AnyKnown.Should().BeFalse();
        metric.MeanF1.Should().BeNull();
        metric.Add(3, new(1, 2, 3, 4));
        metric.Add(3, new(10, 20, 30, 40));
        other.Add(11, new(0, 0, 0, 7));
        other.AnyKnown.Should().BeTrue("absent is known, too");
        other.MeanF1.Should().Be(0);
        metric.Merge(other);

        metric.Counts(3).Should().Be(new BinaryCounts(11, 22, 33, 44));
        metric.Counts(11).Should().Be(new BinaryCounts(0, 0, 0, 7));
        metric.Counts(0).Should().Be(default(BinaryCounts));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(12)]
    public void Units_outside_the_twelve_and_thresholds_that_are_no_numbers_are_refused(int index)
    {
        ActionUnitMetric metric = new();
        metric.Invoking(m => m.Counts(index)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(index));
        metric.Invoking(m => m.Add(index, new(1, 0, 0, 0))).Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(index));
        FluentActions.Invoking(() => new ActionUnitMetric([.. Enumerable.Repeat(0.5, 11), double.NaN]))
            .Should().Throw<ArgumentException>().WithMessage("*12*");
        FluentActions.Invoking(() => new ActionUnitMetric([.. Enumerable.Repeat(0.5, 13)]))
            .Should().Throw<ArgumentException>().WithMessage("*12*");
    }

    [Fact]
    public void A_confusion_matrix_counts_several_rows_at_once_and_tells_truth_from_prediction()
    {
        ConfusionMatrix matrix = new(2);
        (matrix.Accuracy, matrix.MacroF1).Should().Be((null, null));
        matrix.Add(0, 1, 5);
        matrix.Add(1, 1, 0);
        matrix.Add(1, 1);
        (matrix[0, 1], matrix[1, 0], matrix[1, 1]).Should().Be((5, 0, 1));
        matrix.Total.Should().Be(6);
        matrix.Accuracy.Should().BeApproximately(1.0 / 6, 1e-15);
        (matrix.Precision(1), matrix.Recall(1), matrix.Precision(0), matrix.Recall(0)).Should().Be((1.0 / 6, 1, 0, 0));
        matrix.Invoking(m => m.Add(0, 0, -1)).Should().Throw<ArgumentOutOfRangeException>();
        matrix.Total.Should().Be(6);
        FluentActions.Invoking(() => new ConfusionMatrix(0)).Should().Throw<ArgumentOutOfRangeException>();
        new ConfusionMatrix(1).ClassCount.Should().Be(1);
        matrix.Invoking(m => m[2, 0]).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("truth");
        matrix.Invoking(m => m[0, -1]).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("predicted");
    }

    [Fact]
    public void The_measure_of_the_challenge_needs_all_three_tasks()
    {
        ExpressionScores expression = new(0.5, [0.25, 0.75]);
        ActionUnitScores units = new(0.5, [0.25, 0.75]);
        new ValenceArousalScores(0.2, 0.6).Mean.Should().BeApproximately(0.4, 1e-15);
        new AffectScores(expression, new(0.125, []), new(0.2, 0.6)).PMtl.Should().BeApproximately(0.5 + 0.125 + 0.4, 1e-15);
        new AffectScores(null, units, new(0.2, 0.6)).PMtl.Should().BeNull();
        new AffectScores(expression, null, new(0.2, 0.6)).PMtl.Should().BeNull();
        new AffectScores(expression, units, null).PMtl.Should().BeNull();
    }

    [Fact]
    public void Merging_joins_each_task_by_itself()
    {
        AffectScorer whole = new(), part = new();
        part.Expression.Add(2, 2, 3);
        part.ActionUnits.Add(1, new(1, 0, 0, 0));
        part.AddValenceArousal(0.5, -0.5, 2, -2);
        part.AddValenceArousal(1, -1, 0.25, -0.5);
        whole.Merge(part);

        whole.Expression[2, 2].Should().Be(3);
        whole.ActionUnits.Counts(1).TruePositives.Should().Be(1);
        (whole.Valence.Count, whole.Arousal.Count).Should().Be((2, 2));
        whole.Valence.Value.Should().Be(ConcordanceAccumulator.Of([1, 0.25], [0.5, 1]), "predictions are clamped to [-1, 1]");
        whole.Arousal.Value.Should().Be(ConcordanceAccumulator.Of([-1, -0.5], [-0.5, -1]));
        FluentActions.Invoking(() => whole.Merge(new AffectScorer(ExpressionClassSet.SyntheticData))).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(0, double.NaN)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(0, double.NegativeInfinity)]
    public void Affect_that_is_not_finite_is_refused_with_and_without_a_label(double valence, double arousal)
    {
        AffectScorer scorer = new();
        scorer.Invoking(s => s.AddValenceArousal(0, 0, valence, arousal)).Should().Throw<ArgumentException>().WithMessage("*not finite*");
        foreach (ValenceArousal? label in new ValenceArousal?[] { null, new(0.5f, 0.5f) })
        {
            FluentActions.Invoking(() => AffectScorer.Score(new([new("a", label, null, default)]), [], [], (double[])[valence, arousal]))
                .Should().Throw<ArgumentException>().WithMessage("Row 0 (a)*not finite*");
        }
    }

    [Fact]
    public void Every_task_is_scored_alone_and_every_length_is_checked()
    {
        AnnotationSet truth = new([
            new("a", new(0.5f, -0.25f), 1, ActionUnitLabels.Unknown.With(0, true)),
            new("b", new(-0.5f, 0.75f), 2, ActionUnitLabels.Unknown.With(0, false))]);
        double[] affect = [0.4, -0.5, -0.25, 0.5];
        AffectScores alone = AffectScorer.Score(truth, [], [], affect);
        (alone.Expression, alone.ActionUnits).Should().Be((null, null));
        alone.ValenceArousal!.Valence.Should().BeApproximately(ConcordanceAccumulator.Of([0.4, -0.25], [0.5, -0.5])!.Value, 1e-15);
        alone.ValenceArousal.Arousal.Should().BeApproximately(ConcordanceAccumulator.Of([-0.5, 0.5], [-0.25, 0.75])!.Value, 1e-15);
        AffectScorer.Score(truth, [1, 1], [], (double[])[]).Expression!.F1[1].Should().BeApproximately(2.0 / 3, 1e-15);

        FluentActions.Invoking(() => AffectScorer.Score(truth, [-1, 0], [], (double[])[]))
            .Should().Throw<ArgumentException>().WithMessage("Row 0 (a)*-1*8*");
        FluentActions.Invoking(() => AffectScorer.Score(truth, [], new double[12], []))
            .Should().Throw<ArgumentException>().WithMessage("*2 rows of 12*24*12*");
        FluentActions.Invoking(() => AffectScorer.Score(truth, [], [], new double[3]))
            .Should().Throw<ArgumentException>().WithMessage("*2 rows of 2*4*3*");
    }

    [Fact]
    public void A_submission_of_other_classes_is_refused()
    {
        AnnotationSet truth = new([new("a", null, 1, default)]);
        Submission other = new(
            [new("a", 0, 0, 1, ActionUnitLabels.From([.. Enumerable.Repeat((bool?)false, 12)]))], ExpressionClassSet.SyntheticData);
        FluentActions.Invoking(() => AffectScorer.Score(truth, other)).Should().Throw<ArgumentException>().WithMessage("*one class set*");
    }

    [Fact]
    public void Moments_of_no_pair_change_nothing_and_others_must_be_possible()
    {
        ConcordanceAccumulator accumulator = new();
        accumulator.AddMoments(0, double.NaN, 1, 1, 1, 1);
        accumulator.Count.Should().Be(0);
        accumulator.Invoking(a => a.AddMoments(-1, 0, 0, 0, 0, 0)).Should().Throw<ArgumentOutOfRangeException>();
        for (int i = 0; i < 5; i++)
        {
            double[] moments = [0.5, 0.5, 1, 1, 1];
            moments[i] = double.NaN;
            accumulator.Invoking(a => a.AddMoments(2, moments[0], moments[1], moments[2], moments[3], moments[4]))
                .Should().Throw<ArgumentException>().WithMessage("*not finite*");
        }

        accumulator.Count.Should().Be(0);
        FluentActions.Invoking(() => ConcordanceAccumulator.Of([1, 2], [1]))
            .Should().Throw<ArgumentException>().WithMessage("*2 predictions*1 truths*");
        ConcordanceAccumulator.Of([], []).Should().BeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Moments_and_merged_pairs_that_come_first_are_the_origin_that_keeps_the_digits(bool merged)
    {
        // At 1e15 a double has eighths: deviations about an origin of 0 would be rounded to them.
        const double Far = 1e15;
        ConcordanceAccumulator accumulator = new();
        if (merged)
        {
            ConcordanceAccumulator first = new();
            first.Add(Far - 1, Far - 2);
            first.Add(Far + 1, Far + 2);
            accumulator.Merge(first);
        }
        else
        {
            accumulator.AddMoments(2, Far, Far, 2, 8, 4);
        }

        accumulator.Add(Far + 2, Far + 1);
        accumulator.Add(Far + 6, Far + 3);
        accumulator.Add(Far + 3, Far + 3);

        double[] x = [-1, 1, 2, 6, 3], y = [-2, 2, 1, 3, 3];
        double mx = x.Average(), my = y.Average(), covariance = x.Zip(y, (a, b) => (a - mx) * (b - my)).Average();
        double expected = 2 * covariance
            / (x.Average(a => Math.Pow(a - mx, 2)) + y.Average(b => Math.Pow(b - my, 2)) + Math.Pow(mx - my, 2));
        accumulator.Value.Should().BeApproximately(expected, 1e-14);
    }
}
