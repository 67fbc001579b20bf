using SsMfar.Data;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Data;

/// <summary>Which tasks a row has labels of, who frees a batch, and weights against imbalance at their edges.</summary>
public sealed class LabelEdgeTests
{
    [Fact]
    public void A_row_has_a_bit_for_each_task_that_it_has_any_label_of()
    {
        AnnotationSet set = new([
            new("a", new(0, 0), null, ActionUnitLabels.Unknown),
            new("b", null, 0, ActionUnitLabels.Unknown.With(11, false)),
            new("c", null, null, ActionUnitLabels.Unknown),
            new("d", new(0.5f, 0.5f), 3, ActionUnitLabels.Unknown.With(0, true)),
        ]);
        LabelTable table = new(set, [
            new("expression", new ExpressionLabels()), new("affect", new ValenceArousalLabels()),
            new("units", new ActionUnitTaskLabels())]);

        table.KnownTasks.Should().Equal([0b010, 0b101, 0, 0b111], "a label of 0 is a label");
        table.Count.Should().Be(4);
    }

    [Fact]
    public void A_batch_owns_its_tensors_and_leaves_none_behind()
    {
        AnnotationSet set = new([new("a", new(0, 0), 2, ActionUnitLabels.Unknown)]);
        LabelTable table = new(set, [new("expression", new ExpressionLabels()), new("affect", new ValenceArousalLabels())]);
        LabelBatch batch = table.Batch([0, 0], torch.CPU);
        torch.Tensor[] tensors = [batch.RowIds, .. batch.Tasks.Values.SelectMany(labels => new[] { labels.Values, labels.Mask })];
        tensors.Should().HaveCount(5).And.OnlyContain(tensor => !tensor.IsInvalid);
        batch.Dispose();
        tensors.Should().OnlyContain(tensor => tensor.IsInvalid);
    }

    [Fact]
    public void What_a_reader_leaves_in_an_unknown_entry_does_not_reach_the_batch()
    {
        LabelTable table = new(new AnnotationSet([new("a", null, null, default), new("b", null, null, default)]),
            [new("own", new Careless())]);
        using LabelBatch batch = table.Batch([1, 0], torch.CPU);
        batch.Tasks["own"].Values.data<float>().Should().Equal(1, 0, 0, 0);
        batch.Tasks["own"].Mask.data<float>().Should().Equal(1, 0, 0, 0);
        table.ValidEntries("own", [1, 0]).Should().Be(1);
    }

    [Fact]
    public void A_column_that_is_missing_where_there_is_none_is_told_so() => FluentActions
        .Invoking(() => new LabelTable(new AnnotationSet([new("a", null, null, default)]), [new("age", new ColumnLabels("age"))]))
        .Should().Throw<InvalidOperationException>().WithMessage("*'age'*none*");

    [Theory]
    [InlineData(0, 1.0, 1.0)]
    [InlineData(1, 4.0, 4.0 / 3)]
    [InlineData(0.5, 2.0, 1.1547005383792515)]
    public void Class_weights_are_raised_to_a_power_from_0_on(double power, double rare, double frequent)
    {
        AnnotationStatistics statistics = new AnnotationSet(
            Enumerable.Range(0, 5)
                .Select(i => new AnnotationRow("a", null, i < 4 ? Math.Min(i, 1) : null, default)), new("rare", "frequent")).Statistics;
        double?[] weights = [.. statistics.ExpressionWeights(power)];
        weights[0].Should().BeApproximately(rare, 1e-12, "one of the four labelled rows");
        weights[1].Should().BeApproximately(frequent, 1e-12);
        statistics.ExpressionWeights(power, cap: 1.5).Should().OnlyContain(weight => weight <= 1.5);
    }

    [Fact]
    public void Unit_weights_of_both_formulas_are_capped_and_need_a_formula()
    {
        AnnotationStatistics statistics = new AnnotationSet(Enumerable.Range(0, 10).Select(i => new AnnotationRow(
            "a", null, null, ActionUnitLabels.Unknown.With(0, i < 2).With(1, true)))).Statistics;
        statistics.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive)[0].Should().Be(10 / 4.0);
        statistics.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive, cap: 2)[0].Should().Be(2);
        statistics.ActionUnitWeights(weighting: ActionUnitWeighting.NOver2Positive)[1].Should().Be(0.5);
        statistics.ActionUnitWeights(power: 0.5)[0].Should().Be(2);
        statistics.ActionUnitWeights(cap: 3)[0].Should().Be(3);
        statistics.ActionUnitWeights(cap: 3)[2].Should().Be(3, "it is never present");
        statistics.Invoking(s => s.ActionUnitWeights(weighting: (ActionUnitWeighting)9))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("weighting");
        statistics.Invoking(s => s.ActionUnitWeights(power: double.PositiveInfinity))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("power");
        statistics.Invoking(s => s.ActionUnitWeights(cap: -1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("cap");
        statistics.Invoking(s => s.ActionUnitWeights(cap: double.NaN))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("cap");
        statistics.Invoking(s => s.RequireActionUnitWeights())
            .Should().Throw<InsufficientLabelsException>().WithMessage("No row shows AU4 or *action unit weights*");
    }

    [Fact]
    public void Balanced_sampling_of_one_row_a_class_draws_from_every_class()
    {
        AnnotationSet set = new(Enumerable.Range(0, 3).Select(i => new AnnotationRow($"{i}", null, i, default)), new("a", "b", "c"));
        int[] drawn = [.. Enumerable.Range(0, 200).SelectMany(i => new ClassBalancedSampler().Sample(set, RandomKey.FromSeed(i)))];
        drawn.CountBy(row => row)
            .Should().HaveCount(3).And.OnlyContain(count => count.Value > 150 && count.Value < 250, "600 draws, a third each");
    }

    /// <summary>Two values; what is unknown holds anything.</summary>
    private sealed class Careless : ITaskLabels
    {
        public int Width => 2;

        public void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known)
        {
            (values[0], values[1]) = (row, float.NaN);
            (known[0], known[1]) = (row == 1, false);
        }
    }
}
