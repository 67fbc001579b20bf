using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>
/// Units other than the challenge's twelve by name in predictions, tables, scores and thresholds; valence without arousal.
/// </summary>
public sealed class OwnUnitsAndHalvesTests
{
    private static readonly ActionUnitSet Units = ActionUnitSet.Parse("AU1", "AU17", "AU20");

    private static readonly AnnotationSet Truth = AnnotationSet.Read(new StringReader(
        "image,AU1,AU17,AU20\na.jpg,1,1,0\nb.jpg,0,1,-1\nc.jpg,1,0,1\nd.jpg,0,0,0\n"));

    private static readonly AffectPrediction[] Predictions =
        [Of(0.9f, 0.8f, 0.1f), Of(0.2f, 0.3f, 0.9f), Of(0.7f, 0.1f, 0.9f), Of(0.6f, 0.2f, 0.2f)];

    [Fact]
    public void Units_are_scored_by_name()
    {
        AffectScores scores = AffectScorer.Score(Truth, Predictions);

        scores.ActionUnits!.Units.Should().Be(Units);
        scores.ActionUnits.F1.Select(f1 => Math.Round(f1, 12)).Should().Equal(0.8, Math.Round(2.0 / 3, 12), 1);
        scores.ActionUnits.MeanF1.Should().BeApproximately((0.8 + (2.0 / 3) + 1) / 3, 1e-12);

        // Labels of more units than the model has, and the reverse: those that both have.
        AnnotationSet wider = AnnotationSet.Read(new StringReader("image,AU2,AU17\na.jpg,1,1\nb.jpg,0,1\nc.jpg,1,0\nd.jpg,0,0\n"));
        AffectScores shared = AffectScorer.Score(wider, Predictions);
        shared.ActionUnits!.Units.Names.Should().Equal("AU17");
        shared.ActionUnits.MeanF1.Should().BeApproximately(2.0 / 3, 1e-12);
        AnnotationSet others = AnnotationSet.Read(new StringReader("image,AU2\na.jpg,1\nb.jpg,0\nc.jpg,1\nd.jpg,0\n"));
        AffectScorer.Score(others, Predictions).ActionUnits.Should().BeNull();
    }

    [Fact]
    public void Arrays_of_probabilities_follow_the_units_of_the_labels()
    {
        float[] probabilities = [.. Predictions.SelectMany(prediction => prediction.ActionUnits!.Probabilities)];

        AffectScores scores = AffectScorer.Score(Truth, [], probabilities, (float[])[]);

        scores.ActionUnits!.F1.Should().Equal(AffectScorer.Score(Truth, Predictions).ActionUnits!.F1);
    }

    [Fact]
    public void Intervals_and_differences_are_of_the_units_that_all_sides_have()
    {
        AffectScoreIntervals intervals = Bootstrap.Score(Truth, Predictions, new() { Resamples = 20 });
        AffectPrediction[] fewer = [.. Predictions.Select(prediction => new AffectPrediction
        {
            ActionUnits = new([prediction.ActionUnits!.Probabilities[0]], units: new(ActionUnit.AU1)),
        })];
        AffectScoreIntervals difference = Bootstrap.Compare(Truth, Predictions, fewer, new() { Resamples = 20 });

        intervals.Units.Should().Be(Units);
        intervals.ActionUnitF1.Select(f1 => Math.Round(f1!.Value.Value, 12)).Should().Equal(0.8, Math.Round(2.0 / 3, 12), 1);
        difference.Units.Names.Should().Equal("AU1");
        difference.ActionUnitF1.Single()!.Value.Value.Should().Be(0);
    }

    [Theory]
    [InlineData("AU1,AU17", "AU20")]
    [InlineData("AU20", "AU1,AU17")]
    [InlineData("AU1", "AU20")]
    [InlineData("AU20", "AU1")]
    public void Models_without_a_unit_in_common_are_compared_in_the_rest(string first, string second)
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader(
            "image,expression,AU1,AU17,AU20\na.jpg,0,1,1,0\nb.jpg,1,0,1,0\nc.jpg,0,1,0,1\nd.jpg,1,0,0,0\n"));

        AffectScoreIntervals difference = Bootstrap.Compare(
            truth, Reads(first, 0, 1, 0, 1), Reads(second, 1, 1, 0, 1), new() { Resamples = 20 });

        difference.ActionUnitF1.Should().HaveCount(difference.Units.Count).And.OnlyContain(f1 => f1 == null);
        difference.ActionUnitMeanF1.Should().BeNull();
        difference.ExpressionF1[0]!.Value.Value.Should().BeApproximately(1 - (2.0 / 3), 1e-12);
        difference.ExpressionMacroF1.Should().NotBeNull();

        static AffectPrediction[] Reads(string units, params int[] classes) =>
        [
            .. classes.Select(index => new AffectPrediction
            {
                Expression = new(ExpressionClassSet.AffWild2, [.. Enumerable.Range(0, 8).Select(i => i == index ? 1f : 0f)]),
                ActionUnits = new([.. units.Split(',').Select(_ => 0.9f)], units: ActionUnitSet.Parse(units.Split(','))),
            }),
        ];
    }

    [Fact]
    public void Thresholds_are_tuned_unit_by_unit_in_the_models_order()
    {
        float[] probabilities = [.. Predictions.SelectMany(prediction => prediction.ActionUnits!.Probabilities)];

        IReadOnlyList<float> tuned = ThresholdTuning.Tune(Truth, probabilities, units: Units);
        DecisionTuningResult decisions = DecisionTuning.CrossFit(
            Truth, Predictions, new() { Folds = 2, Acceptance = TuningAcceptance.Always });

        tuned.Should().Equal(0.65f, 0.25f, 0.5f);
        decisions.Units.Should().Be(Units);
        decisions.ActionUnitThresholds!.Value.Should().Equal(0.65f, 0.25f, 0.5f);
        AffectCalibration.Of(Truth, Predictions).PerUnit.Select(unit => unit!.Count).Should().Equal(4, 4, 3);
    }

    [Fact]
    public void Tables_and_json_name_the_units()
    {
        PredictionTable table = new(Predictions.Select((prediction, i) => ($"{"abcd"[i]}.jpg", prediction)), ExpressionClassSet.AffWild2);
        using StringWriter text = new();
        table.Write(text);

        PredictionTable read = PredictionTable.Read(new StringReader(text.ToString()));
        string json = JsonSerializer.Serialize(Predictions[0]);
        AffectPrediction back = JsonSerializer.Deserialize<AffectPrediction>(json)!;

        text.ToString().Split('\n')[0].Should().EndWith("AU1>0.5,AU17>0.5,AU20>0.5");
        read.Units.Should().Be(Units);
        read[2].ActionUnits!.Present.Should().Equal(ActionUnit.AU1, ActionUnit.AU20);
        read.MatchTo(Truth).Should().Equal(0, 1, 2, 3);
        json.Should().Contain("\"AU17\"").And.Contain("0.8").And.NotContain("AU12");
        back.ActionUnits!.Units.Should().Be(Units);
        back.ActionUnits.Present.Should().Equal(ActionUnit.AU1, ActionUnit.AU17);
        back.ToString().Should().Be("AU1 AU17");
        FluentActions.Invoking(() => back.ActionUnits.Probability(ActionUnit.AU12)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*AU1, AU17, AU20*");
        FluentActions.Invoking(table.ToSubmission).Should().Throw<ArgumentException>().WithMessage("*predicts nothing*");
        FluentActions.Invoking(() => new PredictionTable(
            [("a", Predictions[0]), ("b", new() { ActionUnits = new([.. new float[12]]) })], ExpressionClassSet.AffWild2))
            .Should().Throw<ArgumentException>().WithMessage("*has the units*AU26*expected AU1, AU17, AU20*");
    }

    [Fact]
    public void A_submission_takes_the_twelve_out_of_more()
    {
        ActionUnitSet wider = new([.. ActionUnits.All, ActionUnit.AU17]);
        float[] probabilities = [.. wider.Units.Select(unit => unit is ActionUnit.AU17 or ActionUnit.AU12 ? 0.9f : 0.1f)];
        PredictionTable table = new(
            [("a.jpg", new() { ActionUnits = new([.. probabilities], units: wider) })], ExpressionClassSet.AffWild2);

        Submission submission = table.ToSubmission();

        submission[0].ActionUnits.KnownCount.Should().Be(12);
        (submission[0].ActionUnits[ActionUnit.AU12], submission[0].ActionUnits[ActionUnit.AU1]).Should().Be((true, false));
    }

    [Fact]
    public void Decoders_say_units_unless_they_are_the_twelve()
    {
        ActionUnitDecoder own = new([0.4f, 0.5f, 0.6f], Units), twelve = new();

        ActionUnitDecoder read = ActionUnitDecoder.Create(own.Description);

        (read.Units, read.Thresholds[2]).Should().Be((Units, 0.6f));
        twelve.Description.Settings.Keys.Should().Equal("thresholds"); // as in every file so far
        ActionUnitDecoder.Create(twelve.Description).Units.Should().Be(ActionUnitSet.AffWild2);
        own.With([KeyValuePair.Create(ActionUnit.AU17, 0.2f)]).Thresholds.Should().Equal(0.4f, 0.2f, 0.6f);
        FluentActions.Invoking(() => own.With([KeyValuePair.Create(ActionUnit.AU12, 0.2f)])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ActionUnitDecoder.Create(
            new PartDescription(ActionUnitDecoder.Kind).With("thresholds", "0.5 0.5").With("units", "AU5 AU1"))).Should()
            .Throw<ArgumentException>().WithMessage("*AU5, AU1 are not in the order*");
    }

    [Fact]
    public void Valence_alone_is_scored_alone()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader("image,valence\na.jpg,0.5\nb.jpg,-0.5\nc.jpg,\nd.jpg,0.1\n"));
        float[] affect = [0.4f, 0.9f, -0.2f, 0.1f, 0.3f, 0.3f, 0.2f, -0.9f];

        AffectScores scores = AffectScorer.Score(truth, [], (float[])[], affect);
        AffectPrediction[] predictions =
            [.. affect.Chunk(2).Select(pair => new AffectPrediction { ValenceArousal = new(pair[0], pair[1]) })];
        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { Resamples = 50 });

        double expected = ConcordanceAccumulator.Of([0.4f, -0.2f, 0.2f], [0.5, -0.5, 0.1])!.Value;
        scores.ValenceArousal!.Valence.Should().BeApproximately(expected, 1e-6);
        scores.ValenceArousal.Arousal.Should().BeNull();
        scores.ValenceArousal.Mean.Should().Be(scores.ValenceArousal.Valence!.Value);
        scores.PMtl.Should().BeNull();
        intervals.Valence!.Value.Value.Should().BeApproximately(expected, 1e-6);
        intervals.ValenceArousalMean!.Value.Value.Should().BeApproximately(expected, 1e-6);
        intervals.Arousal.Should().BeNull();
        truth.HideLabels(1, 0).Statistics.KnownValence.Should().Be(0);
        FluentActions.Invoking(() => new ValenceArousalScores(null, null)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Valence_and_arousal_of_different_rows_are_each_scored_over_their_own()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader(
            "image,valence,arousal\na,0.5,\nb,-0.5,\nc,,0.2\nd,,-0.6\ne,0.1,0.3\n"));
        float[] affect = [0.4f, 9, -0.2f, 9, 9, 0.3f, 9, -0.5f, 0.2f, 0.1f];

        AffectScores scores = AffectScorer.Score(truth, [], (float[])[], affect);

        scores.ValenceArousal!.Valence.Should()
            .BeApproximately(ConcordanceAccumulator.Of([0.4f, -0.2f, 0.2f], [0.5, -0.5, 0.1])!.Value, 1e-6);
        scores.ValenceArousal.Arousal.Should()
            .BeApproximately(ConcordanceAccumulator.Of([0.3f, -0.5f, 0.1f], [0.2, -0.6, 0.3])!.Value, 1e-6);
    }

    private static AffectPrediction Of(params float[] probabilities) => new() { ActionUnits = new([.. probabilities], units: Units) };
}
