using SsMfar.Data;
using TorchSharp;

namespace SsMfar.Tests.Data;

/// <summary>Which tasks a row has labels of, who frees a batch, and what readers of labels may leave behind.</summary>
public sealed class LabelTableEdgeTests
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
