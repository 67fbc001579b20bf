using System.Collections.Immutable;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Tests.Inference;

/// <summary>Judging any predictor on annotated images.</summary>
public sealed class AffectEvaluatorTests
{
    private const int Rows = 40;

    // Valence is wrong for every third row, units and expressions are known for some.
    private static readonly AnnotationSet Truth = new(Enumerable.Range(0, Rows).Select(Row), FakeNetwork.Classes);

    [Fact]
    public async Task Scores_are_those_of_the_predictions_packed_by_hand()
    {
        float[] thresholds = [.. Enumerable.Range(0, ActionUnits.Count).Select(unit => 0.2f + (unit * 0.05f))];
        using PredictionEngine engine = Engine(thresholds);
        using var images = new Faces();
        AffectPrediction[] expected = [.. engine.PredictAll(images, Truth.Select(row => row.Image)).Select(item => item.GetPrediction())];
        List<int> done = [];

        AffectEvaluation judged = await engine.EvaluateAsync(new(Truth, images), new Counter(done));

        judged.Annotations.Should().BeSameAs(Truth);
        judged.Scores.Should().BeEquivalentTo(AffectScorer.Score(
            Truth,
            [.. expected.Select(face => face.Expression!.Index)],
            (ReadOnlySpan<float>)[.. expected.SelectMany(face => face.ActionUnits!.Probabilities)],
            [.. expected.SelectMany(face => new[] { face.ValenceArousal!.Value.Valence, face.ValenceArousal.Value.Arousal })],
            [.. thresholds.Select(threshold => (double)threshold)]));
        judged.Scores.PMtl.Should().NotBeNull();
        judged.Confusion.Total.Should().Be(Truth.Count(row => row.Expression is not null));
        judged.Predictions.Select(face => face.Expression!.Index).Should().Equal(expected.Select(face => face.Expression!.Index));
        done.Should().Equal(Enumerable.Range(1, Rows));
        images.Disposals.Should().Be(0, "a source stays whose it was");
    }

    [Fact]
    public async Task Intervals_and_tuned_thresholds_are_those_of_the_predictions()
    {
        using PredictionEngine engine = Engine();
        using var images = new Faces();

        AffectEvaluation judged = await engine.EvaluateAsync(new(Truth, images));

        BootstrapOptions options = new() { Resamples = 50, Seed = 3 };
        PredictionTable table = new(Truth.Select(row => row.Image).Zip(judged.Predictions), FakeNetwork.Classes);
        Submission submission = table.ToSubmission();
        AffectScoreIntervals intervals = judged.Intervals(options);
        AffectScoreIntervals expected = Bootstrap.Score(Truth, submission, options);
        intervals.ExpressionMacroF1.Should().Be(expected.ExpressionMacroF1).And.NotBeNull();
        intervals.ActionUnitMeanF1.Should().Be(expected.ActionUnitMeanF1).And.NotBeNull();
        intervals.ValenceArousalMean.Should().Be(expected.ValenceArousalMean).And.NotBeNull();
        float[] probabilities = [.. judged.Predictions.SelectMany(face => face.ActionUnits!.Probabilities)];
        judged.TuneThresholds(seed: 5).Thresholds.Should()
            .Equal(ThresholdTuning.CrossFit(Truth, probabilities, judged.Predictions[0].ActionUnits!.Thresholds, seed: 5).Thresholds);
        judged.Calibration.Should().BeEquivalentTo(AffectCalibration.Of(Truth, judged.Predictions));
        judged.Calibration.Expression.Should().NotBeNull();
    }

    [Fact]
    public async Task Tuned_decisions_in_the_metadata_give_the_scores_that_were_promised()
    {
        using PredictionEngine engine = Engine();
        using var images = new Faces();
        AffectEvaluation judged = await engine.EvaluateAsync(new(Truth, images));
        DecisionTuningResult tuning = judged.TuneDecisions(new() { Resamples = 20, Acceptance = TuningAcceptance.Always });

        ModelMetadata tuned = engine.Metadata.WithDecisions(tuning);
        using var after = new PredictionEngine(new FakeNetwork([.. tuned.Decoders.Select(
            decoder => (decoder.Key, (ITaskDecoder?)TaskDecoders.BuiltIn.Create(decoder.Value)))]));
        AffectEvaluation again = await after.EvaluateAsync(new(Truth, images));

        tuned.ExpressionDecision().Should().Be(tuning.Expression).And.NotBe(ExpressionDecision.MostProbable);
        tuned.ActionUnitThresholds()!.Value.Should().Equal(tuning.ActionUnitThresholds!.Value);
        tuning.Before.Scores.Should().BeEquivalentTo(judged.Scores);
        again.Scores.Should().BeEquivalentTo(tuning.Tuned.Scores);
        again.Calibration.Should().BeEquivalentTo(tuning.Tuned.Calibration);
    }

    [Fact]
    public async Task A_card_loses_its_scores_where_the_model_decides_otherwise_and_there_alone()
    {
        using PredictionEngine engine = Engine();
        using var images = new Faces();
        AffectEvaluation judged = await engine.EvaluateAsync(new(Truth, images));
        DecisionTuningResult changed = judged.TuneDecisions(new() { Resamples = 20, Acceptance = TuningAcceptance.Always });
        ModelMetadata carded = engine.Metadata with
        {
            Card = new()
            {
                Name = "Faces",
                EvaluatedOn = "others",
                Evaluation = new() { Rows = Rows, GroupBy = "rows", Level = 0.95, Scores = [new("P_MTL", 1)] },
            },
        };

        ModelMetadata tuned = carded.WithDecisions(changed);

        tuned.Card.Should().Be(carded.Card with { Evaluation = null });
        tuned.Decoders.Should().BeEquivalentTo(engine.Metadata.WithDecisions(changed).Decoders);
        ModelMetadata scored = tuned with { Card = carded.Card };
        scored.WithDecisions(changed).Should().Be(scored, "it decides so already");
    }

    [Fact]
    public async Task A_task_that_the_model_lacks_is_not_judged()
    {
        using var engine = new PredictionEngine(new FakeNetwork((AffectTaskNames.ValenceArousal, new ValenceArousalDecoder())));
        using var images = new Faces();

        AffectEvaluation judged = await engine.EvaluateAsync(new(Truth, images));

        judged.Scores.ValenceArousal.Should().NotBeNull();
        judged.Scores.Expression.Should().BeNull();
        judged.Scores.ActionUnits.Should().BeNull();
        judged.Scores.ToString().Should().StartWith("valence/arousal CCC ").And.NotContain(",");
        judged.Invoking(j => j.TuneThresholds()).Should().Throw<InvalidOperationException>().WithMessage("*no action units*");
    }

    [Fact]
    public async Task Images_that_cannot_be_read_are_one_error_that_names_ten()
    {
        using PredictionEngine engine = Engine();
        using var one = new Faces("face 7.png");
        using var many = new Faces([.. Enumerable.Range(5, 12).Select(i => $"face {i}.png")]);

        ImageDecodeException single = (await engine.Awaiting(e => e.EvaluateAsync(new(Truth, one))).Should()
            .ThrowAsync<ImageDecodeException>()).Which;
        single.ImageName.Should().Be("face 7.png");
        (await engine.Awaiting(e => e.EvaluateAsync(new(Truth, many))).Should().ThrowAsync<ImageDecodeException>())
            .WithMessage("12 of 40 images cannot be read: 'face 5.png' (*'face 14.png' (*); and 2 more. Replace them*");
    }

    [Fact]
    public async Task Labels_of_other_classes_are_refused()
    {
        using PredictionEngine engine = Engine();
        using var named = new PredictionEngine(new FakeNetwork { ExpressionClasses = ["wild", "calm", "odd"] });
        using var images = new Faces();
        AnnotationSet other = new(Truth, new ExpressionClassSet("odd", "wild", "calm"));

        (await engine.Awaiting(e => e.EvaluateAsync(new(other, images))).Should().ThrowAsync<ArgumentException>())
            .WithMessage("Row 0 (face 0.png)*odd, wild, calm*calm, wild, odd*");
        images.Opened = 0;
        (await named.Awaiting(e => e.EvaluateAsync(new(Truth, images))).Should().ThrowAsync<ArgumentException>())
            .WithMessage("*calm, wild, odd*wild, calm, odd*ExpressionClasses*").WithParameterName("dataset");
        images.Opened.Should().Be(0, "it is known before an image is read");
    }

    [Fact]
    public async Task Cancelling_stops_and_a_broken_model_is_no_score()
    {
        using PredictionEngine engine = Engine();
        using var images = new Faces();
        await engine.Awaiting(e => e.EvaluateAsync(new(Truth, images), cancellationToken: new(canceled: true))).Should()
            .ThrowAsync<OperationCanceledException>();

        AffectPrediction broken = new() { ActionUnits = new([.. Enumerable.Repeat(float.NaN, 12)], [.. Enumerable.Repeat(0.5f, 12)]) };
        var scorer = new AffectScorer(FakeNetwork.Classes);
        scorer.Invoking(s => s.Add(Truth, 3, broken)).Should().Throw<ArgumentException>().WithMessage("Row 3 (face 3.png)*AU1*NaN*")
            .WithParameterName("prediction");
        scorer.Invoking(s => s.Add(Truth, Rows, broken)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("row");
    }

    private static PredictionEngine Engine(float[]? thresholds = null) => new(new FakeNetwork(
        (AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes)),
        (AffectTaskNames.ValenceArousal, new ValenceArousalDecoder()),
        (AffectTaskNames.ActionUnits, new ActionUnitDecoder(thresholds))));

    private static AnnotationRow Row(int i)
    {
        float left = Level(i) / 255f;
        return new AnnotationRow(
            $"face {i}.png",
            i % 4 == 3 ? null : new ValenceArousal(Math.Clamp(i % 3 == 0 ? left - 1 : (4 * left) - 2, -1, 1), -left),
            i % 5 == 4 ? null : i % 3,
            ActionUnitLabels.From([.. Enumerable.Range(0, ActionUnits.Count).Select(unit => (bool?)((i + unit) % 3 == 0))]));
    }

    private static byte Level(int i) => (byte)(i * 6);

    private sealed class Counter(List<int> done) : IProgress<int>
    {
        public void Report(int value) => done.Add(value);
    }

    private sealed class Faces(params string[] broken) : IImageSource
    {
        public int Disposals { get; private set; }

        public int Opened { get; set; }

        public Stream Open(string name)
        {
            Opened++;
            if (broken.Contains(name))
            {
                return new MemoryStream([1, 2, 3]);
            }

            byte level = Level(int.Parse(name[5..^4], System.Globalization.CultureInfo.InvariantCulture));
            using var bitmap = new SKBitmap(FakeNetwork.Width, FakeNetwork.Height);
            bitmap.Erase(new SKColor(level, 0, 0));
            return new MemoryStream(TestImages.Encode(bitmap));
        }

        public bool Exists(string name) => true;

        public ImageStamp? GetStamp(string name) => null;

        public string Describe(string name) => name;

        public void Dispose() => Disposals++;
    }
}
