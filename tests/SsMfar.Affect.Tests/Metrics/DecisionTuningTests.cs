using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>Temperature, weights and thresholds together: what gains is kept, what does not is left off.</summary>
public sealed class DecisionTuningTests
{
    private static readonly DecisionTuningOptions Quick = new() { Resamples = 100, Seed = 7 };

    [Fact]
    public void A_model_that_is_too_sure_and_skewed_gets_a_temperature_and_weights_that_gain_on_other_faces()
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(1_500, seed: 1);
        (AnnotationSet others, float[][] otherLogits) = TuningFaces.Draw(4_000, seed: 2);

        DecisionTuningResult result = DecisionTuning.CrossFit(truth, Skewed(logits), Quick);

        (result.Temperature!.IsKept, result.CalibrationError!.IsKept, result.ExpressionWeights!.IsKept).Should().Be((true, true, true));
        result.Expression!.Temperature.Should().BeInRange(3, 6, "the logits are thrice too large, and skewed");
        result.Temperature.Gain!.Value.Low.Should().BePositive();
        result.CrossFitted.Calibration.Expression!.ExpectedCalibrationError.Should()
            .BeLessThan(result.Before.Calibration.Expression!.ExpectedCalibrationError / 2);
        result.AnyKept.Should().BeTrue();

        // What cross-fitting says is what faces show that took no part.
        DecisionScores before = Score(others, Skewed(otherLogits)), after = Score(others, Skewed(otherLogits, result.Expression));
        (after.Scores.Expression!.MacroF1 - before.Scores.Expression!.MacroF1).Should()
            .BeApproximately(result.ExpressionWeights.Gain!.Value.Value, 0.03).And.BeGreaterThan(0.03);
        after.Calibration.Expression!.NegativeLogLikelihood.Should().BeApproximately(result.Temperature.CrossFitted, 0.05);
        result.Tuned.Scores.Should().BeEquivalentTo(Score(truth, Skewed(logits, result.Expression)).Scores);
    }

    [Fact]
    public void A_model_that_is_right_is_left_as_it_is_where_a_gain_must_be_sure()
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(1_000, seed: 3);
        AffectPrediction[] right = TuningFaces.Predictions(TuningFaces.Probabilities(logits));

        DecisionTuningResult result = DecisionTuning.CrossFit(truth, right, Quick.With(TuningAcceptance.Sure));

        (result.AnyKept, result.Expression).Should().Be((false, ExpressionDecision.MostProbable));
        result.CrossFitted.Scores.Should().BeEquivalentTo(result.Before.Scores);
        result.Tuned.Calibration.Should().BeEquivalentTo(result.Before.Calibration);
    }

    [Fact]
    public void Intensities_are_scored_as_before()
    {
        ActionUnitSet units = ActionUnitSet.Parse("AU12", "AU17");
        (AnnotationSet drawn, float[][] logits) = TuningFaces.Draw(200, seed: 4);
        int next = 0;
        AnnotationSet truth = drawn.WithIntensities(units, (_, _) => next++ / 2 % 6);
        AffectPrediction[] read =
        [
            .. TuningFaces.Predictions(TuningFaces.Probabilities(logits)).Select((face, row) => new AffectPrediction
            {
                Expression = face.Expression,
                ActionUnitIntensities = new([row % 5, row % 6], units),
            }),
        ];

        DecisionTuningResult result = DecisionTuning.CrossFit(truth, read, Quick);

        double before = result.Before.Scores.Intensities!.MeanIcc;
        before.Should().BePositive();
        (result.CrossFitted.Scores.Intensities!.MeanIcc, result.Tuned.Scores.Intensities!.MeanIcc).Should().Be((before, before));
    }

    [Fact]
    [Trait("Trials", "Many")]
    public void Noise_gains_nothing_because_no_face_is_decided_by_itself()
    {
        // Labels that have nothing to do with the predictions. Tuned and judged on the same rows, they gain every time.
        double crossFitted = 0, flattered = 0;
        int kept = 0;
        for (int seed = 0; seed < 12; seed++)
        {
            (AnnotationSet drawn, float[][] logits) = TuningFaces.Draw(150, seed);
            Random random = new(seed);
            AnnotationSet truth = new(drawn.Select(row => row with
            {
                Expression = random.Next(3),
                ActionUnits = ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(_ => (bool?)(random.Next(2) == 0))]),
            }), TuningFaces.Classes);
            AffectPrediction[] read = [.. TuningFaces.Predictions(TuningFaces.Probabilities(logits)).Select(face => new AffectPrediction
            {
                Expression = face.Expression,
                ActionUnits = new([.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())], [.. Enumerable.Repeat(0.001f, 12)]),
            })];

            DecisionTuningResult result = DecisionTuning.CrossFit(truth, read, Quick.With(TuningAcceptance.Sure));

            kept += (result.ExpressionWeights!.IsKept ? 1 : 0) + (result.Thresholds!.IsKept ? 1 : 0);
            crossFitted += result.Thresholds.CrossFitted - result.Thresholds.Before;
            flattered += DecisionTuning.CrossFit(truth, read, Quick.With(TuningAcceptance.Always)).Tuned.Scores.ActionUnits!.MeanF1
                - result.Thresholds.Before;
        }

        kept.Should().BeLessThanOrEqualTo(1, "an interval of 95% errs now and then");
        (crossFitted / 12).Should().BeLessThan(0.0005);
        (flattered / 12).Should().BeGreaterThan(0.003);
    }

    [Fact]
    public void Each_fold_is_decided_by_the_others_and_groups_stay_together()
    {
        // Two videos in which sureness means the opposite: each is decided by what the other teaches, and loses.
        AnnotationRow Row(string image, int expression) => new(image, null, expression, ActionUnitLabels.Unknown);
        AnnotationSet truth = new(
            Enumerable.Range(0, 40).Select(i => Row($"{(i < 20 ? "right" : "wrong")}/{i}.jpg", i < 20 ? 0 : 1)), TuningFaces.Classes);
        AffectPrediction[] read = TuningFaces.Predictions([.. Enumerable.Range(0, 40).SelectMany(_ => new[] { 0.5f, 0.45f, 0.05f })]);

        DecisionTuningResult videos = DecisionTuning.CrossFit(truth, read, new() { Resamples = 50, GroupBy = ImageGroups.Video });

        videos.Folds.Should().Be(2);
        videos.Temperature!.CrossFitted.Should().BeGreaterThan(videos.Temperature.Before);
        videos.Temperature.IsKept.Should().BeFalse();
        videos.Expression.Should().Be(ExpressionDecision.MostProbable);
        DecisionTuning.CrossFit(truth, read, Quick).Folds.Should().Be(5);
    }

    [Fact]
    public void A_model_that_was_tuned_is_tuned_from_there()
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(1_000, seed: 5);
        ExpressionDecision once = DecisionTuning.CrossFit(truth, Skewed(logits), Quick).Expression!;

        DecisionTuningResult again = DecisionTuning.CrossFit(truth, Skewed(logits, once), Quick);
        DecisionTuningResult other = DecisionTuning.CrossFit(truth, Skewed(logits, new([1, 1, 1], 2)), Quick.With(TuningAcceptance.Always));

        again.ExpressionBefore.Should().Be(once);
        again.Expression!.Temperature.Should().BeApproximately(once.Temperature, 0.001);
        again.Tuned.Scores.Expression!.MacroF1.Should().BeGreaterThanOrEqualTo(again.Before.Scores.Expression!.MacroF1);
        other.Expression!.Temperature.Should().BeApproximately(once.Temperature, 0.001, "the temperature is that of the logits");
    }

    [Fact]
    public void The_same_seed_gives_the_same_and_the_order_of_rows_changes_no_decision()
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(300, seed: 6);
        int[] order = [.. Enumerable.Range(0, truth.Count).OrderBy(i => i * 37 % 300)];
        AffectPrediction[] read = Skewed(logits);
        DecisionTuningOptions always = Quick.With(TuningAcceptance.Always);

        DecisionTuningResult first = DecisionTuning.CrossFit(truth, read, always);
        DecisionTuningResult second = DecisionTuning.CrossFit(truth, read, always);
        DecisionTuningResult shuffled = DecisionTuning.CrossFit(
            new(order.Select(i => truth[i]), TuningFaces.Classes), [.. order.Select(i => read[i])], always);

        second.Should().BeEquivalentTo(first);
        shuffled.Expression.Should().Be(first.Expression);
        shuffled.CrossFitted.Scores.Should().BeEquivalentTo(first.CrossFitted.Scores);
    }

    [Fact]
    public void Thresholds_are_those_of_their_own_tuning_and_a_task_without_labels_is_left()
    {
        Random random = new(1);
        AnnotationSet truth = new(Enumerable.Range(0, 200).Select(i => new AnnotationRow(
            $"{i}.jpg", null, null, ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(unit => (bool?)((i + unit) % 4 == 0))]))),
            TuningFaces.Classes);
        AffectPrediction[] read = [.. truth.Select(row => new AffectPrediction
        {
            Expression = new(TuningFaces.Classes, [0.2f, 0.3f, 0.5f]),
            ActionUnits = new([.. Enumerable.Range(0, 12).Select(
                unit => (row.ActionUnits[unit]!.Value ? 0.2f : 0) + (0.25f * random.NextSingle()))]),
        })];

        DecisionTuningResult result = DecisionTuning.CrossFit(truth, read, Quick);

        (result.Expression, result.Temperature, result.ExpressionWeights).Should().Be((null, null, null));
        result.Thresholds!.IsKept.Should().BeTrue();
        result.ActionUnitThresholds!.Value.Should()
            .Equal(ThresholdTuning.Tune(truth, [.. read.SelectMany(face => face.ActionUnits!.Probabilities)]));
        result.CrossFitted.Scores.ActionUnits!.MeanF1.Should().Be(result.Thresholds.CrossFitted)
            .And.BeGreaterThan(result.Thresholds.Before);
    }

    [Fact]
    public void What_cannot_be_tuned_on_is_refused()
    {
        (AnnotationSet truth, float[][] logits) = TuningFaces.Draw(10, seed: 1);
        AffectPrediction[] read = Skewed(logits);
        void Refused(Action tune, string message) => tune.Should().Throw<ArgumentException>().WithMessage(message);

        Refused(() => DecisionTuning.CrossFit(truth, read[..9]), "*9 predictions for 10 rows*");
        Refused(() => DecisionTuning.CrossFit(truth, [.. read[..9], new()]), "*other tasks*");
        Refused(() => DecisionTuning.CrossFit(truth, read, new() { Folds = 1 }), "*Folds is 1*");
        Refused(
            () => DecisionTuning.CrossFit(truth, read, new() { Acceptance = (TuningAcceptance)9 }), "*Acceptance is 9*Gain, Sure, Always*");
        Refused(() => DecisionTuning.CrossFit(truth, read, new() { Resamples = 1 }), "*Resamples*");
        Refused(() => DecisionTuning.CrossFit(truth, read, new() { GroupBy = _ => "one" }), "*one group*");
        Refused(() => DecisionTuning.CrossFit(new(truth, ExpressionClassSet.AffWild2), read), "*Neutral*calm*");
        FluentActions.Invoking(() => DecisionTuning.CrossFit(truth, read, Quick, new(canceled: true))).Should()
            .Throw<OperationCanceledException>();
    }

    private static AffectPrediction[] Skewed(float[][] logits, ExpressionDecision? decision = null) =>
        TuningFaces.Predictions(TuningFaces.Probabilities(logits, 3, 2.5, 0, -2.5), decision);

    private static DecisionScores Score(AnnotationSet truth, AffectPrediction[] read)
    {
        AffectScorer scorer = new(truth.ExpressionClasses);
        for (int i = 0; i < read.Length; i++)
        {
            scorer.Add(truth, i, read[i]);
        }

        return new(scorer.Compute(), AffectCalibration.Of(truth, read));
    }
}

file static class Options
{
    public static DecisionTuningOptions With(this DecisionTuningOptions options, TuningAcceptance acceptance) =>
        new() { Resamples = options.Resamples, Seed = options.Seed, Acceptance = acceptance };
}
