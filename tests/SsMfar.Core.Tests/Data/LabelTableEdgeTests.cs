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
            new("units", new ActionUnitTaskLabels(ActionUnitSet.AffWild2))]);

        table.KnownTasks.Should().Equal([0b010, 0b101, 0, 0b111], "a label of 0 is a label");
        table.Count.Should().Be(4);
    }

    /// <summary>Such rows are mixed with their like: mixed with others, they would teach a number that the weight takes back.</summary>
    [Fact]
    public void A_row_of_weight_0_has_labels_of_no_task()
    {
        AnnotationSet set = new(
            [
                new("a", new(0, 0), 1, ActionUnitLabels.Unknown) { Extra = new[] { 0f } },
                new("b", new(0, 0), 1, ActionUnitLabels.Unknown) { Extra = new[] { float.NaN } },
                new("c", new(0, 0), 1, ActionUnitLabels.Unknown) { Extra = new[] { 0.5f } },
            ],
            extraColumns: [AnnotationSet.WeightColumn]);

        LabelTable table = new(set, [new("expression", new ExpressionLabels()), new("affect", new ValenceArousalLabels())]);

        table.KnownTasks.Should().Equal([0, 0b11, 0b11], "an empty field counts as 1");
    }

    [Fact]
    public void Alike_are_rows_with_labels_of_the_same_tasks_and_of_some_tasks_the_same_ones()
    {
        AnnotationSet set = AnnotationSet.Read(new StringReader(
            "image,valence,arousal,AU1,AU2,weight\na,0,,1,,1\nb,0,,,1,1\nc,,0,1,,1\nd,0.5,0,1,,1\ne,1,,,,1\nf,,,,,1\ng,1,,1,1,0\n"));
        LabelTable table = new(set, [
            new("affect", new ValenceArousalLabels()), new("units", new ActionUnitTaskLabels(ActionUnitSet.Parse("AU1", "AU2")))]);

        table.Alike([]).Should().Equal([0, 0, 0, 0, 1, 2, 2], "as the tasks are");
        table.Alike(["affect"]).Should().Equal([0, 0, 1, 2, 3, 4, 4], "valence alone is not arousal alone, nor both");
        table.Alike(["affect", "units"]).Should().Equal(0, 1, 2, 3, 4, 5, 5);
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
    public void A_reader_says_of_each_entry_whether_it_is_known_and_writes_0_where_not()
    {
        AnnotationSet set = new(
            [
                new("a", null, null, ActionUnitLabels.Unknown.With(1, false).With(2, true)) { Extra = new[] { float.NaN } },
                new("b", new(0.25f, -0.5f), 7, ActionUnitLabels.Unknown) { Extra = new[] { 31f } },
            ],
            extraColumns: ["age"]);
        Read(new ExpressionLabels(), 0).Should().Equal((0, false));
        Read(new ExpressionLabels(), 1).Should().Equal((7, true));
        Read(new ValenceArousalLabels(), 0).Should().Equal((0, false), (0, false));
        Read(new ValenceArousalLabels(), 1).Should().Equal((0.25f, true), (-0.5f, true));
        Read(new ActionUnitTaskLabels(ActionUnitSet.AffWild2), 0).Take(4).Should().Equal((0, false), (0, true), (1, true), (0, false));
        Read(new ColumnLabels("age"), 0).Should().Equal((0, false));
        Read(new ColumnLabels("age"), 1).Should().Equal((31, true));

        // Into what earlier rows left there.
        (float, bool)[] Read(ITaskLabels labels, int row)
        {
            float[] values = [.. Enumerable.Repeat(99f, labels.Width)];
            bool[] known = [.. Enumerable.Repeat(row == 0, labels.Width)];
            labels.Read(set, row, values, known);
            return [.. values.Zip(known)];
        }
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
