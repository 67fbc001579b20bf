using System.Collections.Concurrent;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>Draws that are the same everywhere, scores that some draws lack, and what an interval records of how it was made.</summary>
public sealed class IntervalEdgeTests
{
    private static readonly ActionUnitLabels Present = ActionUnitLabels.Unknown.With(0, true);

    // SplitMix64 in Python, whose first outputs from 1234567 are those of its authors: 6457827717110365317, 3203168211198807973, ...
    [Theory]
    [InlineData(0, 0, 1 << 30, new[] { 148938095, 1042712921, 298320775, 969160478, 706274168, 338325522 })]
    [InlineData(0, 1, 1 << 30, new[] { 288976480, 701368491, 620817625, 544744283, 526319048, 1024143135 })]
    [InlineData(7, 0, 1 << 30, new[] { 654332388, 439353141, 1070238398, 108869878, 556080187, 810046619 })]
    [InlineData(-1, 3, 1 << 30, new[] { 534450623, 244257255, 82367359, 557683380, 445850291, 660226111 })]
    [InlineData(5, 2, 10, new[] { 2, 0, 0, 2, 2, 6 })]
    public void Draws_are_the_same_on_every_machine(long seed, int stream, int count, int[] expected)
    {
        ResamplingRandom random = new(seed, stream);
        int[] drawn = new int[expected.Length];
        for (int i = 0; i < drawn.Length; i++)
        {
            drawn[i] = random.Next(count);
        }

        drawn.Should().Equal(expected);
    }

    [Fact]
    public void An_interval_records_how_it_was_made_and_every_resample_is_reported_once()
    {
        (AnnotationSet truth, Submission predictions) = Rows(6);
        Reports reports = new();
        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { Resamples = 25, Level = 0.8, Seed = 3 }, reports);

        (intervals.Resamples, intervals.Level, intervals.Groups).Should().Be((25, 0.8, 6));
        reports.Order().Should().Equal(Enumerable.Range(1, 25));
        new BootstrapOptions().Should().BeEquivalentTo(new BootstrapOptions { Resamples = 1000, Level = 0.95, Seed = 0, GroupBy = null });
        Bootstrap.Score(truth, predictions, new() { Resamples = 10 }).Resamples.Should().Be(10, "the fewest that are allowed");
        FluentActions.Invoking(() => new BootstrapOptions { Level = 0 }.Validate())
            .Should().Throw<ArgumentException>().WithMessage("Level is 0*");
        FluentActions.Invoking(() => new BootstrapOptions { Level = double.NaN }.Validate()).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_comparison_is_made_as_its_options_say()
    {
        (AnnotationSet truth, Submission predictions) = Rows(6);
        Submission other = new(predictions.Select(row => row with { Expression = 0 }));
        BootstrapOptions options = new() { Resamples = 25, Level = 0.8, Seed = 3, GroupBy = image => image[0] < '3' ? "first" : "second" };
        AffectScoreIntervals pair = Bootstrap.Compare(truth, predictions, other, options);
        AffectScoreIntervals runs = Bootstrap.Compare(truth, [predictions], [other], options);

        (pair.Resamples, pair.Level, pair.Groups).Should().Be((25, 0.8, 2));
        (runs.Resamples, runs.Level, runs.Groups).Should().Be((25, 0.8, 2));
        AffectScoreIntervals usual = Bootstrap.Compare(truth, predictions, other);
        (usual.Resamples, usual.Level, usual.Groups).Should().Be((1000, 0.95, 6));
    }

    [Theory]
    [InlineData(0.001, 2.0 / 3, 2.0 / 3)]
    [InlineData(0.4, 2.0 / 3, 2.0 / 3)]
    [InlineData(0.8, 0.0, 1.0)]
    public void As_many_are_drawn_as_there_are_and_an_interval_leaves_out_alike_at_both_ends(double level, double low, double high)
    {
        // A hit and a miss: of two draws h are hits, 0 and 2 of them in a quarter of all draws each, and F1 is 2 h / (2 + h).
        AnnotationSet truth = new([new("a", null, null, Present), new("b", null, null, Present)]);
        SubmissionRow miss = Row("b", 0) with { ActionUnits = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)false, 12)]) };
        Submission predicted = new([Row("a", 0), miss]);
        ScoreInterval interval = Bootstrap.Score(truth, predicted, new() { Level = level }).ActionUnitF1[0]!.Value;
        interval.Value.Should().BeApproximately(2.0 / 3, 1e-12);
        interval.Low.Should().BeApproximately(low, 1e-12);
        interval.High.Should().BeApproximately(high, 1e-12);
    }

    [Theory]
    [InlineData(0.1, 0.2, true)]
    [InlineData(-0.2, -0.1, true)]
    [InlineData(-0.1, 0.2, false)]
    [InlineData(0.0, 0.2, false)]
    [InlineData(-0.1, 0.0, false)]
    public void An_interval_excludes_0_where_both_ends_are_on_one_side(double low, double high, bool expected) =>
        new ScoreInterval((low + high) / 2, low, high).ExcludesZero.Should().Be(expected);

    [Fact]
    public void Draws_that_lack_every_label_of_a_task_are_left_out_of_its_interval()
    {
        // Two of three rows have an expression, both predicted right; one draw of 27 takes the third row alone, which has no score then.
        AnnotationSet truth = new([new("a", null, 0, Present), new("b", null, 0, Present), new("c", null, null, Present)]);
        Submission predictions = new([Row("a", 0), Row("b", 0), Row("c", 0)]);

        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { Resamples = 2000, Level = 0.999 });

        intervals.ExpressionMacroF1.Should().Be(new ScoreInterval(0.125, 0.125, 0.125));
        intervals.ExpressionF1[0].Should().Be(new ScoreInterval(1, 1, 1));
        intervals.ExpressionF1[1].Should().Be(new ScoreInterval(0, 0, 0));
        intervals.ExpressionF1.Should().HaveCount(8);
        intervals.ActionUnitF1.Should().HaveCount(12);
        intervals.ActionUnitF1[0].Should().NotBeNull();
        intervals.ActionUnitF1[1].Should().BeNull("no row has a label of it");
        intervals.Valence.Should().BeNull();
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public void Each_task_whose_labels_are_in_one_group_loses_its_own_interval_and_that_of_the_sum(bool expression, bool units, bool affect)
    {
        AnnotationSet truth = new(Enumerable.Range(0, 6).Select(i => new AnnotationRow(
            i < 3 ? $"v/{i}.jpg" : $"w/{i}.jpg",
            affect && i >= 3 ? null : new(i / 10f, -i / 10f),
            expression && i >= 3 ? null : i % 2,
            units && i >= 3 ? ActionUnitLabels.Unknown : Present)));
        Submission predictions = new(truth.Select((row, i) => Row(row.Image, i % 3) with { Valence = i / 12.0, Arousal = -i / 9.0 }));

        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { Resamples = 50, GroupBy = ImageGroups.Video });

        intervals.Groups.Should().Be(2);
        intervals.PMtl.Should().BeNull();
        (intervals.ExpressionMacroF1 is null).Should().Be(expression);
        intervals.ExpressionF1.Should().OnlyContain(f1 => (f1 == null) == expression);
        (intervals.ActionUnitMeanF1 is null).Should().Be(units);
        (intervals.ActionUnitF1[0] is null).Should().Be(units);
        (intervals.Valence is null, intervals.Arousal is null, intervals.ValenceArousalMean is null).Should().Be((affect, affect, affect));
    }

    [Fact]
    public void A_unit_whose_labels_are_in_one_group_loses_its_own_interval_alone()
    {
        AnnotationSet truth = new([
            new("v/1.jpg", null, null, Present.With(5, true)), new("v/2.jpg", null, null, Present.With(5, false)),
            new("w/1.jpg", null, null, Present)]);
        AffectScoreIntervals intervals = Bootstrap.Score(
            truth,
            new Submission([Row("v/1.jpg", 0), Row("v/2.jpg", 0), Row("w/1.jpg", 0)]),
            new() { Resamples = 20, GroupBy = ImageGroups.Video });
        Enumerable.Range(0, 12).Where(unit => intervals.ActionUnitF1[unit] is not null).Should().Equal(0);
        intervals.ActionUnitMeanF1.Should().NotBeNull();
    }

    [Fact]
    public void Labels_of_units_that_are_not_judged_give_those_that_are_no_interval()
    {
        // The labels know AU12 in one video and AU6 in the others; the model reads AU12 alone.
        ActionUnitSet read = ActionUnitSet.Parse("AU12");
        AnnotationSet truth = new(
            [
                .. Enumerable.Range(0, 4).Select(i => new AnnotationRow($"a/{i}.jpg", null, null, Known(ActionUnit.AU12, i % 2 == 0))),
                .. Enumerable.Range(0, 6).Select(i => new AnnotationRow($"{i % 3}/{i}.jpg", null, null, Known(ActionUnit.AU6, i < 3))),
            ]);
        AffectPrediction[] predictions = [.. truth.Select((_, i) => new AffectPrediction
        {
            ActionUnits = new([i % 3 == 0 ? 0.9f : 0.1f], [0.5f], read),
        })];

        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { Resamples = 50, GroupBy = ImageGroups.Video });

        intervals.ActionUnitF1.Should().HaveCount(1).And.OnlyContain(f1 => f1 == null);
        intervals.ActionUnitMeanF1.Should().BeNull();

        static ActionUnitLabels Known(ActionUnit unit, bool isPresent) => ActionUnitLabels.Unknown.With(unit, isPresent);
    }

    [Fact]
    public void Groups_are_told_apart_by_every_letter_and_none_may_be_null()
    {
        (AnnotationSet truth, Submission predictions) = Rows(4);
        Bootstrap.Score(truth, predictions, new() { Resamples = 10, GroupBy = image => image[0] < '2' ? "g" : "G" }).Groups.Should().Be(2);
        FluentActions.Invoking(() => Bootstrap.Score(truth, predictions, new() { GroupBy = image => image == "2.jpg" ? null! : "g" }))
            .Should().Throw<ArgumentException>().WithMessage("*2.jpg*null group*");
    }

    [Theory]
    [InlineData(0.3f, 0.1f)]
    [InlineData(0.45f, 0.7f)]
    public void Of_equally_good_thresholds_a_later_one_is_taken_where_it_is_nearer(float start, float expected)
    {
        // One hit of one over 0.7, and two of four over 0.1, are both 2/3; the start itself is worse.
        ThresholdTuning.Best([0.8f, 0.6f, 0.4f, 0.2f], [true, false, false, true], start).Should().BeApproximately(expected, 1e-6f);
    }

    [Fact]
    public void Between_neighbours_of_one_bit_the_threshold_is_the_lower_one_whichever_way_the_middle_rounds()
    {
        float low = 0.3f;
        for (int i = 0; i < 4; i++, low = MathF.BitIncrement(low))
        {
            ThresholdTuning.Best([low, MathF.BitIncrement(low)], [false, true]).Should().Be(low);
        }

        // Between 0 and its neighbour there is none in (0, 1).
        ThresholdTuning.Best([0, float.Epsilon], [false, true], 0.4f).Should().Be(0.4f);
    }

    [Fact]
    public void Thresholds_to_begin_with_are_checked_and_are_what_untuned_scores_use()
    {
        AnnotationSet truth = new([new("a", null, null, Present), new("b", null, null, ActionUnitLabels.Unknown.With(0, false))]);
        float[] probabilities = new float[24];
        (probabilities[0], probabilities[12]) = (0.4f, 0.2f);
        float[] start = [0.3f, .. Enumerable.Repeat(0.5f, 11)];

        ThresholdTuning.CrossFit(truth, probabilities, start).Untuned!.F1[0].Should().Be(1);
        ThresholdTuning.CrossFit(truth, probabilities).Untuned!.F1[0].Should().Be(0);
        ThresholdTuning.Tune(truth, probabilities, start).Should().Equal(start, "nothing is gained");
        FluentActions.Invoking(() => ThresholdTuning.Tune(truth, probabilities, [0.5f]))
            .Should().Throw<ArgumentException>().WithMessage("*12*1*");
        FluentActions.Invoking(() => ThresholdTuning.Tune(truth, probabilities, [.. start[..11], 0f]))
            .Should().Throw<ArgumentException>().WithMessage("*threshold 0*");
        FluentActions.Invoking(() => ThresholdTuning.Best([-0.1f], [true])).Should().Throw<ArgumentException>().WithMessage("*-0.1*");
        AnnotationSet unknown = new([new("a", null, null, ActionUnitLabels.Unknown), new("b", null, null, ActionUnitLabels.Unknown)]);
        ThresholdTuningResult nothing = ThresholdTuning.CrossFit(unknown, new float[24]);
        (nothing.Untuned, nothing.CrossFitted, nothing.Tuned).Should().Be((null, null, null));
        nothing.Thresholds.Should().Equal(Enumerable.Repeat(0.5f, 12));
    }

    private static (AnnotationSet Truth, Submission Predictions) Rows(int count) => (
        new(Enumerable.Range(0, count).Select(i => new AnnotationRow($"{i}.jpg", null, i % 3, Present))),
        new(Enumerable.Range(0, count).Select(i => Row($"{i}.jpg", i % 2))));

    private static SubmissionRow Row(string image, int expression) =>
        new(image, 0, 0, expression, ActionUnitLabels.From([true, .. Enumerable.Repeat((bool?)false, 11)]));

    /// <summary>Keeps what is reported, on whichever thread it is.</summary>
    private sealed class Reports : ConcurrentBag<int>, IProgress<int>
    {
        public void Report(int value) => Add(value);
    }
}
