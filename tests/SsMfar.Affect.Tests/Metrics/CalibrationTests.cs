using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>Expected calibration error, negative log likelihood and Brier score.</summary>
public sealed class CalibrationTests
{
    private static readonly ExpressionClassSet Classes = new("calm", "wild", "odd");

    [Fact]
    public void Four_faces_counted_by_hand()
    {
        AnnotationSet truth = Truth(0, 1, 1, null, 2);
        AffectPrediction[] read =
            [Read(0.9f, 0.05f, 0.05f), Read(0.9f, 0.1f, 0), Read(0.2f, 0.6f, 0.2f), Read(1, 0, 0), Read(0.3f, 0.3f, 0.4f)];

        CalibrationScores scores = AffectCalibration.Of(truth, read).Expression!;

        // 0.9 is in bin 14 of 15, right once of twice; 0.6 and 0.4, in single precision a little above 9/15 and 6/15, are right.
        scores.Count.Should().Be(4);
        scores.Bins.Should().HaveCount(15);
        scores.Bins.Select(bin => bin.Count).Should().Equal(0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 2, 0);
        (scores.Bins[13].Confidence, scores.Bins[13].Share).Should().Be((0.9f, 0.5));
        scores.Bins[0].Confidence.Should().BeNull();
        scores.ExpectedCalibrationError.Should().BeApproximately(((2 * 0.4) + 0.4 + 0.6) / 4, 1e-7);
        scores.NegativeLogLikelihood.Should()
            .BeApproximately(-(Math.Log(0.9) + Math.Log(0.1) + Math.Log(0.6) + Math.Log(0.4)) / 4, 1e-7);
        scores.Brier.Should().BeApproximately((0.015 + 1.62 + 0.24 + 0.54) / 4, 1e-7);
    }

    [Fact]
    public void A_bin_has_its_upper_end_and_the_first_also_0()
    {
        CalibrationScores scores = AffectCalibration.Of(
            Truth(0, 0, 0), [Read(0.5f, 0.25f, 0.25f), Read(1, 0, 0), Read(0.75f, 0.25f, 0)], bins: 4).Expression!;

        scores.Bins.Select(bin => (bin.Low, bin.High, bin.Count)).Should()
            .Equal((0, 0.25, 0), (0.25, 0.5, 1), (0.5, 0.75, 1), (0.75, 1, 1));
    }

    [Fact]
    public void Probabilities_are_judged_whichever_class_the_weights_decide_for()
    {
        AnnotationSet truth = Truth(0, 1);
        AffectPrediction[] plain = [Read(0.6f, 0.4f, 0), Read(0.7f, 0.2f, 0.1f)];
        AffectPrediction[] weighted = [.. plain.Select(read => new AffectPrediction
        {
            Expression = new(Classes, read.Expression!.Probabilities, new([1, 100, 1])),
        })];

        AffectCalibration.Of(truth, weighted).Expression.Should().BeEquivalentTo(AffectCalibration.Of(truth, plain).Expression);
    }

    [Fact]
    public void Units_are_judged_by_presence_each_and_together() => Gen.Int.Sample(seed =>
    {
        Random random = new(seed);
        AnnotationSet truth = new(Enumerable.Range(0, 40).Select(i => new AnnotationRow($"{i}.jpg", null, null, ActionUnitLabels.From(
            [.. Enumerable.Range(0, 12).Select(unit => random.Next(3) == 0 || unit == 5 ? (bool?)null : random.Next(2) == 0)]))));
        AffectPrediction[] read = [.. truth.Select(_ => new AffectPrediction
        {
            ActionUnits = new([.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())]),
        })];

        AffectCalibration calibration = AffectCalibration.Of(truth, read, bins: 7);

        calibration.Expression.Should().BeNull();
        calibration.PerUnit.Should().HaveCount(12);
        calibration.PerUnit[5].Should().BeNull();
        for (int unit = -1; unit < 12; unit++)
        {
            (double Probability, bool Present)[] known = [.. truth.SelectMany((row, i) => Enumerable.Range(0, 12)
                .Where(k => (unit < 0 || k == unit) && row.ActionUnits[k] is not null)
                .Select(k => ((double)read[i].ActionUnits!.Probabilities[k], row.ActionUnits[k]!.Value)))];
            CalibrationScores? scores = unit < 0 ? calibration.ActionUnits : calibration.PerUnit[unit];
            if (known.Length > 0)
            {
                scores!.Count.Should().Be(known.Length);
                scores.ExpectedCalibrationError.Should().BeApproximately(Enumerable.Range(0, 7).Sum(bin =>
                {
                    var inside = known.Where(pair => pair.Probability > bin / 7.0 && pair.Probability <= (bin + 1) / 7.0).ToArray();
                    return Math.Abs(inside.Sum(pair => pair.Probability - (pair.Present ? 1 : 0))) / known.Length;
                }), 1e-9);
                scores.Brier.Should().BeApproximately(known.Average(pair => Math.Pow(pair.Probability - (pair.Present ? 1 : 0), 2)), 1e-9);
                scores.NegativeLogLikelihood.Should()
                    .BeApproximately(-known.Average(pair => Math.Log(pair.Present ? pair.Probability : 1 - pair.Probability)), 1e-4);
            }
        }
    }, iter: 30);

    [Fact]
    public void Perfect_and_worst_probabilities_have_finite_numbers()
    {
        AnnotationSet truth = Truth(0, 0);

        CalibrationScores right = AffectCalibration.Of(truth, [Read(1, 0, 0), Read(1, 0, 0)]).Expression!;
        CalibrationScores wrong = AffectCalibration.Of(truth, [Read(0, 1, 0), Read(0, 0, 1)]).Expression!;

        (right.ExpectedCalibrationError, right.NegativeLogLikelihood, right.Brier).Should().Be((0, 0, 0));
        (wrong.ExpectedCalibrationError, wrong.Brier).Should().Be((1, 2));
        wrong.NegativeLogLikelihood.Should().BeApproximately(103.28, 0.01);
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        FluentActions.Invoking(() => AffectCalibration.Of(Truth(0, 1), [Read(1, 0, 0)])).Should().Throw<ArgumentException>()
            .WithMessage("*1 predictions for 2 rows*");
        FluentActions.Invoking(() => AffectCalibration.Of(Truth(0), [Read(1, 0, 0)], 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => AffectCalibration.Of(new([new("a.jpg", null, 0, default)]), [Read(1, 0, 0)])).Should()
            .Throw<ArgumentException>().WithMessage("*Neutral*calm*");
    }

    private static AnnotationSet Truth(params int?[] expressions) =>
        new(expressions.Select((expression, i) => new AnnotationRow($"{i}.jpg", null, expression, ActionUnitLabels.Unknown)), Classes);

    private static AffectPrediction Read(params float[] probabilities) => new() { Expression = new(Classes, [.. probabilities]) };
}
