using System.Text.Json;
using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>ICC(3,1), PCC and MAE of intensities, against Golden/intensities.json, written by their definitions.</summary>
public sealed class ActionUnitIntensityMetricTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "intensities.json"))).RootElement.GetProperty("scores");

    private static readonly ActionUnitSet Three = ActionUnitSet.Parse("AU4", "AU12", "AU17");

    // Labels of which a third is unknown, and predictions, some beyond the range.
    private static readonly Gen<(double[] Truth, double[] Predicted)[]> Rows = Gen.Select(
        Gen.Select(Gen.Int[0, 2], Gen.Double[0, 5], (known, value) => known == 0 ? double.NaN : value).Array[3], Gen.Double[-1, 6].Array[3],
        (truth, predicted) => (truth, predicted)).Array[0, 30];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_are_the_references(int index)
    {
        JsonElement golden = Golden[index];
        (double[] Truth, double[] Predicted)[] rows =
        [
            .. golden.GetProperty("truth").EnumerateArray()
                .Zip(golden.GetProperty("predicted").EnumerateArray(), (truth, predicted) => (Of(truth), Of(predicted))),
        ];
        ActionUnitSet units = new(Enumerable.Range(1, rows[0].Truth.Length).Select(number => (ActionUnit)number));

        ActionUnitIntensityScores scores = Score(rows, units)!;

        JsonElement expected = golden.GetProperty("expected");
        ShouldBe(scores.Icc, expected.GetProperty("icc"));
        ShouldBe(scores.Pcc, expected.GetProperty("pcc"));
        ShouldBe(scores.Mae, expected.GetProperty("mae"));
        scores.MeanIcc.Should().BeApproximately(expected.GetProperty("mean_icc").GetDouble(), 1e-9);
        scores.MeanPcc.Should().BeApproximately(expected.GetProperty("mean_pcc").GetDouble(), 1e-9);
        scores.MeanMae.Should().BeApproximately(expected.GetProperty("mean_mae").GetDouble(), 1e-9);

        static double[] Of(JsonElement row) =>
            [.. row.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];

        static void ShouldBe(IEnumerable<double?> scores, JsonElement expected) => scores
            .Zip(expected.EnumerateArray(), (score, other) => Math.Abs(score!.Value - other.GetDouble())).Max().Should().BeLessThan(1e-9);
    }

    [Fact]
    public void The_order_of_rows_and_what_is_predicted_of_unknown_entries_do_not_matter() => Rows.Sample(rows =>
    {
        (double[], double[])[] turned = [.. rows.Reverse().Select(row => (
            row.Truth, row.Predicted.Select((value, i) => double.IsNaN(row.Truth[i]) ? 5 - value : value).ToArray()))];

        ShouldEqual(Score(turned), Score(rows));
    });

    [Fact]
    public void Merged_parts_equal_the_whole() => Gen.Select(Rows, Rows).Sample((first, second) =>
    {
        ActionUnitIntensityMetric merged = Metric(first);
        merged.Merge(Metric(second));

        ShouldEqual(merged.Compute(), Score([.. first, .. second]));
    });

    [Fact]
    public void Scores_lie_in_their_ranges_and_perfect_predictions_have_the_best() => Rows.Sample(rows =>
    {
        if (Score(rows) is { } scores)
        {
            scores.Icc.Concat(scores.Pcc).Where(score => score is not null).Should()
                .OnlyContain(score => Math.Abs(score!.Value) <= 1 + 1e-9);
            scores.Mae.Where(score => score is not null).Should().OnlyContain(score => score >= 0 && score <= 5);
            ActionUnitIntensityScores best = Score([.. rows.Select(row => (
                row.Truth, row.Truth.Select(value => double.IsNaN(value) ? 0 : value).ToArray()))])!;
            best.MeanMae.Should().Be(0);
            best.Icc.Where(score => score is not null).Should().OnlyContain(score => score == 0 || Math.Abs(score!.Value - 1) < 1e-9);
        }
    });

    [Fact]
    public void What_is_not_defined_is_0_or_null()
    {
        double[] none = [double.NaN, double.NaN, double.NaN];

        Score([(none, [1, 2, 3])]).Should().BeNull();
        ActionUnitIntensityScores scores = Score([([2, 1, double.NaN], [2, 0, 0]), ([2, 3, double.NaN], [2, 0, 0])])!;

        scores.Icc.Should().Equal(0, 0, null); // neither varies; labels alone do, and have no covariance with a constant
        scores.Pcc.Should().Equal(0, 0, null);
        scores.Mae.Should().Equal(0, 2, null);
        scores.MeanMae.Should().Be(1);
        ActionUnitIntensityMetric metric = new(Three);
        Action few = () => metric.Add([1], [1]);
        Action broken = () => metric.Add(none, [1, double.NaN, 1]);
        Action others = () => metric.Merge(new(ActionUnitSet.Disfa));
        few.Should().Throw<ArgumentException>().WithMessage("*each of 3 units*");
        broken.Should().Throw<ArgumentException>().WithMessage("*AU12 is NaN*");
        others.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_scorer_judges_the_intensities_that_labels_and_model_share()
    {
        AnnotationSet truth = AnnotationSet.Read(new StringReader(
            "image,AU4_intensity,AU12_intensity\na.jpg,1,0\nb.jpg,2,5\nc.jpg,,4\n"));
        AffectPrediction[] predictions =
            [Predict(0, 9, 1), Predict(4, 9, 2), Predict(5, 9, 3)];

        AffectScores scores = AffectScorer.Score(truth, predictions);

        scores.Intensities!.Units.Should().Be(ActionUnitSet.Parse("AU12"));
        scores.Intensities.MeanMae.Should().BeApproximately((0 + 1 + 1) / 3.0, 1e-12);
        scores.ToString().Should().Be(FormattableString.Invariant($"intensity ICC {scores.Intensities.MeanIcc:F3}"));
        scores.PMtl.Should().BeNull();
        AffectScorer.Score(truth, [.. predictions.Select(_ => new AffectPrediction { ValenceArousal = new(0, 0) })]).Intensities
            .Should().BeNull();
        AffectScorer whole = new(intensityUnits: Three), part = new(intensityUnits: Three);
        part.Add(truth, 0, Predict(0, 1, 4));
        whole.Merge(part);
        whole.Merge(new AffectScorer());
        whole.Compute().Intensities!.Mae.Should().Equal(3, 0, null);
        Action none = () => new AffectScorer().Merge(part);
        none.Should().Throw<InvalidOperationException>();

        static AffectPrediction Predict(float au12, float au17, float au4) => new()
        {
            ActionUnitIntensities = au17 == 9
                ? new([au12, 3], ActionUnitSet.Parse("AU12", "AU17")) : new([au4, au12, au17], Three),
        };
    }

    private static ActionUnitIntensityMetric Metric((double[] Truth, double[] Predicted)[] rows, ActionUnitSet? units = null)
    {
        ActionUnitIntensityMetric metric = new(units ?? Three);
        foreach ((double[] truth, double[] predicted) in rows)
        {
            metric.Add(truth, predicted);
        }

        return metric;
    }

    private static ActionUnitIntensityScores? Score((double[] Truth, double[] Predicted)[] rows, ActionUnitSet? units = null) =>
        Metric(rows, units).Compute();

    private static void ShouldEqual(ActionUnitIntensityScores? actual, ActionUnitIntensityScores? expected)
    {
        (actual is null).Should().Be(expected is null);
        foreach ((double? one, double? other) in (actual is null ? [] : Numbers(actual)).Zip(expected is null ? [] : Numbers(expected)))
        {
            (one is null).Should().Be(other is null);
            (one ?? 0).Should().BeApproximately(other ?? 0, 1e-9);
        }

        static IEnumerable<double?> Numbers(ActionUnitIntensityScores scores) =>
            [.. scores.Icc, .. scores.Pcc, .. scores.Mae, scores.MeanIcc, scores.MeanPcc, scores.MeanMae];
    }
}
