using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Metrics;

/// <summary>What a model reads is scored as its numbers are, row for row, and what cannot be compared is refused by name.</summary>
public sealed class PredictionScoreTests
{
    private static readonly AnnotationSet Two = AnnotationSet.Read(new StringReader(
        "image,valence,arousal,expression,AU1\na.jpg,0.5,-0.5,1,1\nb.jpg,-0.5,0.25,2,0\n"));

    [Fact]
    public void Predictions_score_as_their_numbers() => Gen.Select(AnnotationGen.Set, Gen.Int).Sample(
        (truth, seed) =>
        {
            AffectPrediction[] predictions = Predictions(truth.Count, seed);

            AffectScores scores = AffectScorer.Score(truth, predictions);

            scores.Should().BeEquivalentTo(AffectScorer.Score(
                truth,
                [.. predictions.Select(prediction => prediction.Expression!.Index)],
                (float[])[.. predictions.SelectMany(prediction => prediction.ActionUnits!.Probabilities)],
                (float[])[.. predictions.SelectMany(prediction => new[] { prediction.Valence!.Value, prediction.Arousal!.Value })]));
        },
        iter: 100);

    [Fact]
    public void A_resample_of_predictions_scores_as_the_set_that_it_draws() => Gen
        .Select(AnnotationGen.Set.Where(set => set.Count > 0), Gen.Int).Sample(
            (truth, seed) =>
            {
                AffectPrediction[] predictions = Predictions(truth.Count, seed);
                Random random = new(seed);
                int[] counts = [.. truth.Select(_ => random.Next(4))];
                int[] drawn = [.. counts.SelectMany((count, row) => Enumerable.Repeat(row, count))];

                double[] actual = new WeightedRows(truth, predictions).Score(counts);

                AffectScores expected = AffectScorer.Score(truth.Select(drawn), [.. drawn.Select(row => predictions[row])]);
                actual.Zip(ScoreVector.Of(expected, 8, ActionUnitSet.AffWild2)).Should()
                    .OnlyContain(pair => pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) < 1e-9);
            },
            iter: 100);

    [Fact]
    public void A_task_that_predictions_lack_is_lacking_in_their_resamples()
    {
        AffectPrediction[] affect = [new() { ValenceArousal = new(0.4f, 0.1f) }, new() { ValenceArousal = new(-0.4f, 0.2f) }];

        AffectScoreIntervals intervals = Bootstrap.Score(Two, affect, new() { Resamples = 10 });

        (intervals.ExpressionMacroF1, intervals.ActionUnitMeanF1, intervals.PMtl).Should().Be((null, null, null));
        intervals.ValenceArousalMean!.Value.Value.Should()
            .BeApproximately(AffectScorer.Score(Two, affect).ValenceArousal!.Mean, 1e-12);
    }

    [Fact]
    public void Differences_of_predictions_are_those_of_their_scores_resampled_as_asked()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader("image,valence,arousal,expression\n" + string.Concat(
            Enumerable.Range(0, 20).Select(i =>
                FormattableString.Invariant($"{i}.jpg,{(i % 7 - 3) / 4.0},{(i % 5 - 2) / 3.0},{i % 8}\n")))));
        AffectPrediction[] one = Predictions(20, 1), other = Predictions(20, 2);

        AffectScoreIntervals difference = Bootstrap.Compare(truth, one, other, new() { Resamples = 30, Level = 0.8, Seed = 4 });

        (difference.Resamples, difference.Level).Should().Be((30, 0.8));
        difference.ExpressionMacroF1!.Value.Value.Should().BeApproximately(
            AffectScorer.Score(truth, one).Expression!.MacroF1 - AffectScorer.Score(truth, other).Expression!.MacroF1, 1e-12);
        Bootstrap.Compare(truth, one, one, new() { Resamples = 30 }).ValenceArousalMean!.Value.Should().Be(
            new ScoreInterval(0, 0, 0));
    }

    [Fact]
    public void Submissions_are_resampled_by_the_units_that_labels_share_with_the_twelve()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader(
            "image,AU1,AU17\na.jpg,1,1\nb.jpg,0,1\nc.jpg,1,0\nd.jpg,0,0\n"));
        ActionUnitLabels present = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)true, 12)]);
        Submission all = new("abcd".Select(name => new SubmissionRow($"{name}.jpg", 0, 0, 0, present)));

        AffectScoreIntervals one = Bootstrap.Score(truth, [all, all], new() { Resamples = 10 });
        AffectScoreIntervals difference = Bootstrap.Compare(truth, [all], [all, all], new() { Resamples = 10 });

        one.Units.Names.Should().Equal("AU1");
        one.ActionUnitF1.Single()!.Value.Value.Should().BeApproximately(2.0 / 3, 1e-12);
        difference.Units.Names.Should().Equal("AU1");
        difference.ActionUnitF1.Single()!.Value.Value.Should().Be(0);
    }

    [Fact]
    public void Thresholds_are_of_the_units_that_probabilities_are_of()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader(
            "image,AU1,AU17\na.jpg,1,1\nb.jpg,0,1\nc.jpg,1,0\nd.jpg,0,0\n"));
        ActionUnitSet second = ActionUnitSet.Parse("AU17");
        float[] probabilities = [0.8f, 0.3f, 0.1f, 0.2f];

        ThresholdTuning.Tune(truth, probabilities, units: second).Should().Equal(0.25f);
        ThresholdTuningResult result = ThresholdTuning.CrossFit(truth, probabilities, units: second);

        result.Thresholds.Should().Equal(0.25f);
    }

    [Fact]
    public void Nothing_is_judged_by_no_row() =>
        AffectScorer.Score(new AnnotationSet([]), []).ToString().Should().Be("nothing was judged");

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        AffectPrediction[] whole = Predictions(2, 1);
        AffectPrediction other = new() { Expression = new(new("calm", "angry"), [0.4f, 0.6f]) };
        AffectPrediction unknown = new() { ActionUnits = new([float.NaN], units: ActionUnitSet.Parse("AU1")) };

        Refusal(() => AffectScorer.Score(Two, [whole[0], other])).Should().Contain("Row 1 (b.jpg)").And.Contain("calm");
        Refusal(() => AffectScorer.Score(Two, [whole[0]])).Should().Contain("2");
        Refusal(() => AffectScorer.Score(Two, [whole[0], .. whole])).Should().Contain("2");
        Refusal(() => AffectScorer.Score(Two, [unknown, unknown])).Should().Contain("Row 0 (a.jpg)").And.Contain("AU1");
        FluentActions.Invoking(() => new AffectScorer(Two.ExpressionClasses).Merge(
                new(Two.ExpressionClasses, units: ActionUnitSet.Parse("AU1"))))
            .Should().Throw<InvalidOperationException>().WithMessage("*AU26*AU1*");
        ActionUnitIntensityMetric metric = new(ActionUnitSet.Parse("AU1", "AU2"));
        Refusal(() => metric.Add([1, 2], [1])).Should().Contain("1 predictions");
        Refusal(() => metric.Add([1], [1, 2])).Should().Contain("1 labels");
    }

    [Fact]
    public void Scores_of_intensities_are_of_as_many_units_as_are_named_and_of_the_same_ones()
    {
        ActionUnitSet units = ActionUnitSet.Parse("AU1", "AU2");

        new ActionUnitIntensityScores([0.5, null], [0.4, null], [1, null], units).MeanIcc.Should().Be(0.5);
        Refusal(() => new ActionUnitIntensityScores([0.5], [0.4], [1], units)).Should().Contain("each of 2 units");
        Refusal(() => new ActionUnitIntensityScores([0.5, null], [0.4, null], [1], units)).Should().Contain("each of 2 units");
        Refusal(() => new ActionUnitIntensityScores([0.5, null], [null, 0.4], [1, null], units)).Should().Contain("the same units");
        Refusal(() => new ActionUnitIntensityScores([null, null], [null, null], [null, null], units)).Should().Contain("one at least");
        Refusal(() => new ActionUnitIntensityScores(default, [0.4, 0.1], [1, 1], units)).Should().Contain("each of 2 units");
        Refusal(() => new ActionUnitIntensityScores([0.4, 0.1], [1, 1], default, units)).Should().Contain("each of 2 units");
    }

    // Numbers beyond the range too, which the scores clamp.
    private static AffectPrediction[] Predictions(int rows, int seed)
    {
        Random random = new(seed);
        return
        [
            .. Enumerable.Range(0, rows).Select(_ => new AffectPrediction
            {
                Expression = new(ExpressionClassSet.AffWild2, [.. Enumerable.Range(0, 8).Select(_ => random.NextSingle())]),
                ActionUnits = new([.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())]),
                ValenceArousal = new((random.NextSingle() * 3) - 1.5f, (random.NextSingle() * 3) - 1.5f),
            }),
        ];
    }

    private static string Refusal(Func<object> act) => FluentActions.Invoking(act).Should().Throw<ArgumentException>().Which.Message;

    private static string Refusal(Action act) => FluentActions.Invoking(act).Should().Throw<ArgumentException>().Which.Message;
}
