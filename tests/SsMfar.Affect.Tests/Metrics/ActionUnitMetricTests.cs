using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Metrics;

public class ActionUnitMetricTests
{
    private static readonly Gen<(ActionUnitLabels Truth, float[] Probabilities)[]> Rows =
        Gen.Select(AnnotationGen.ActionUnitLabels, Gen.Float[0, 1].Array[12], (truth, probabilities) => (truth, probabilities))
            .Array[0, 30];

    private static ActionUnitMetric Of(IEnumerable<(ActionUnitLabels Truth, float[] Probabilities)> rows, double[]? thresholds = null)
    {
        ActionUnitMetric metric = new(thresholds);
        foreach ((ActionUnitLabels truth, float[] probabilities) in rows)
        {
            metric.Add<float>(truth, probabilities);
        }

        return metric;
    }

    [Fact]
    public void Counts_and_F1_follow_their_definition() => Gen.Select(Rows, Gen.Double[0, 1].Array[12]).Sample((rows, thresholds) =>
    {
        ActionUnitMetric metric = Of(rows, thresholds);
        for (int k = 0; k < 12; k++)
        {
            long Count(bool truth, bool predicted) =>
                rows.Count(row => row.Truth[k] == truth && row.Probabilities[k] > thresholds[k] == predicted);
            BinaryCounts counts = new(Count(true, true), Count(false, true), Count(true, false), Count(false, false));
            metric.Counts(k).Should().Be(counts);
            double expected = counts.TruePositives == 0 ? 0 : 2 / (1 / counts.Precision + 1 / counts.Recall);
            metric.F1PerUnit()[k].Should().BeApproximately(expected, 1e-12);
        }

        metric.MeanF1.Should().Be(rows.Any(row => row.Truth.AnyKnown) ? metric.F1PerUnit().Average() : null);
    });

    [Fact]
    public void Merged_parts_equal_the_whole() => Gen.Select(Rows, Rows).Sample((first, second) =>
    {
        ActionUnitMetric merged = Of(first);
        merged.Merge(Of(second));
        ActionUnitMetric added = Of(first);
        for (int k = 0; k < 12; k++)
        {
            added.Add(k, Of(second).Counts(k));
        }

        merged.F1PerUnit().Should().Equal(Of(first.Concat(second)).F1PerUnit());
        added.F1PerUnit().Should().Equal(merged.F1PerUnit());
    });

    [Fact]
    public void Exactly_the_threshold_is_absent()
    {
        ActionUnitMetric metric = Of([(ActionUnitLabels.Unknown.With(0, true), Enumerable.Repeat(0.5f, 12).ToArray())]);

        metric.Counts(0).Should().Be(new BinaryCounts(0, 0, 1, 0));
    }

    [Fact]
    public void Unknown_entries_count_nowhere_and_units_without_any_count_as_0()
    {
        ActionUnitLabels one = ActionUnitLabels.Unknown.With(4, true);

        Of([(one, Enumerable.Repeat(1f, 12).ToArray())]).MeanF1.Should().Be(1 / 12.0);
        Of([(ActionUnitLabels.Unknown, Enumerable.Repeat(1f, 12).ToArray())]).MeanF1.Should().BeNull();
    }

    [Fact]
    public void Decisions_and_probabilities_count_alike() => Rows.Sample(rows =>
    {
        ActionUnitMetric decisions = new();
        foreach ((ActionUnitLabels truth, float[] probabilities) in rows)
        {
            decisions.Add(truth, ActionUnitLabels.From([.. probabilities.Select(p => (bool?)(p > 0.5f))]));
        }

        decisions.F1PerUnit().Should().Equal(Of(rows).F1PerUnit());
    });

    [Fact]
    public void Bad_input_is_refused()
    {
        Action nan = () => Of([(ActionUnitLabels.Unknown, [0, float.NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]);
        nan.Should().Throw<ArgumentException>().WithMessage("*AU2*NaN*");
        Action eleven = () => Of([(ActionUnitLabels.Unknown, new float[11])]);
        eleven.Should().Throw<ArgumentException>().WithMessage("*12*11*");
        Action thresholds = () => _ = new ActionUnitMetric([0.5]);
        thresholds.Should().Throw<ArgumentException>();
    }
}
