using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>A label is read anew without itself: neither from the row it is in, nor from a regression that learned from it.</summary>
public sealed class LabelEvidenceTests
{
    private const int Changed = 17;

    private static readonly (AnnotationSet Truth, AffectPrediction[] Predictions, HashSet<int>[] Flipped) Drawn =
        LabelAuditTests.Draw(4, rows: 100);

    private static readonly int[] Rows = [.. Enumerable.Range(0, Drawn.Predictions.Length)];

    [Fact]
    public void An_expression_s_reading_does_not_know_it() => ShouldNotKnow(
        row => new(row.Image, row.ValenceArousal, (row.Expression + 3) % 8, row.ActionUnits),
        evidence => [.. evidence.Expressions(Rows)!.Select(read => read[0])]);

    [Fact]
    public void A_unit_s_reading_does_not_know_it() => ShouldNotKnow(
        row => new(row.Image, row.ValenceArousal, row.Expression, row.ActionUnits.With(2, row.ActionUnits[2] != true)),
        evidence => [.. evidence.Unit(evidence.Units![2], Rows)!.Select(read => read[1])]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Valence_s_and_arousal_s_readings_do_not_know_them(int side) => ShouldNotKnow(
        row => new(row.Image, new(-row.ValenceArousal!.Value.Valence, -row.ValenceArousal!.Value.Arousal), row.Expression, row.ActionUnits),
        evidence => evidence.Affect(Rows, side)!);

    private static void ShouldNotKnow(Func<AnnotationRow, AnnotationRow> change, Func<LabelEvidence, double[]> read)
    {
        (AnnotationSet truth, AffectPrediction[] predictions, _) = Drawn;
        AnnotationSet other = new(truth.Select((row, i) => i == Changed ? change(row) : row), truth.ExpressionClasses);

        double[] before = read(new(truth, predictions)), after = read(new(other, predictions));

        after[Changed].Should().Be(before[Changed]);
        after.Should().NotEqual(before, "other rows learn from it");
    }
}
