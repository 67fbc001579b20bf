using SsMfar.Data;
using TorchSharp;

namespace SsMfar.Tests.Data;

public sealed class LabelTableTests
{
    private static readonly AnnotationSet Set = new(
        [
            new("a", new(0.5f, -0.25f), 3, ActionUnitLabels.Unknown.With(0, true).With(11, false)) { Extra = new[] { 31f } },
            new("b", null, null, ActionUnitLabels.Unknown) { Extra = new[] { float.NaN } },
            new("c", new(-1, 1), 0, ActionUnitLabels.Unknown.With(5, true)) { Extra = new[] { 0f } },
        ],
        extraColumns: ["age"]);

    private static readonly LabelTable Table = new(Set, new Dictionary<string, ITaskLabels>
    {
        ["expression"] = new ExpressionLabels(),
        ["affect"] = new ValenceArousalLabels(),
        ["units"] = new ActionUnitTaskLabels(ActionUnitSet.AffWild2),
        ["age"] = new ColumnLabels("age"),
    });

    [Fact]
    public void A_batch_has_values_and_masks_of_its_rows_in_order()
    {
        using LabelBatch batch = Table.Batch([2, 1, 0, 2], torch.CPU);

        batch.RowIds.data<long>().Should().Equal(2, 1, 0, 2);
        Values("expression").Should().Equal(0, 0, 3, 0);
        Mask("expression").Should().Equal(1, 0, 1, 1);
        Values("affect").Should().Equal(-1, 1, 0, 0, 0.5f, -0.25f, -1, 1);
        Mask("affect").Should().Equal(1, 1, 0, 0, 1, 1, 1, 1);
        Values("age").Should().Equal(0, 0, 31, 0);
        Mask("age").Should().Equal(1, 0, 1, 1);
        Values("units").Chunk(12).Select(units => units.Sum()).Should().Equal(1, 0, 1, 1);
        Mask("units").Chunk(12).Select(units => units.Sum()).Should().Equal(1, 0, 2, 1);
        Mask("units").Skip(24).Take(12).Should().Equal(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        batch.Tasks["units"].Values.shape.Should().Equal(4, 12);

        float[] Values(string task) => batch.Tasks[task].Values.data<float>().ToArray();
        float[] Mask(string task) => batch.Tasks[task].Mask.data<float>().ToArray();
    }

    [Fact]
    public void Valid_entries_are_counted_without_tensors()
    {
        Table.ValidEntries("units", [0, 1, 2, 0]).Should().Be(5);
        Table.ValidEntries("affect", [0, 1]).Should().Be(2);
        Table.ValidEntries("expression", [1]).Should().Be(0);
        Table.ValidEntries("age", []).Should().Be(0);
        Enumerable.Range(0, 3).Select(row => Table.Settled("expression", row).ToArray()).SelectMany(known => known)
            .Should().Equal(true, false, true);
        Table.Settled("affect", 2).ToArray().Should().Equal(true, true);
        Table.Settled("affect", 1).ToArray().Should().Equal(false, false);
        Table.UnknownEntries("units", [0, 1, 2, 0]).Should().Be((4 * 3) - 5, "no row has any of nine units");
        Table.UnknownEntries("affect", [0, 1]).Should().Be(2);
        FluentActions.Invoking(() => Table.ValidEntries("gaze", [0])).Should().Throw<KeyNotFoundException>().WithMessage("*gaze*units*");
    }

    [Fact]
    public void A_value_that_no_row_has_is_nothing_to_learn()
    {
        using LabelBatch batch = Table.Batch([1], torch.CPU);

        batch.Tasks["units"].Learnable!.data<float>().Should().Equal(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1);
        batch.Tasks["affect"].Learnable.Should().BeNull();
        Table.Settled("units", 0).ToArray().Count(known => !known).Should().Be(1);
    }

    [Fact]
    public void A_column_that_is_not_there_is_named_with_those_that_are() =>
        FluentActions.Invoking(() => new LabelTable(Set, new Dictionary<string, ITaskLabels> { ["x"] = new ColumnLabels("years") }))
            .Should().Throw<InvalidOperationException>().WithMessage("*'years'*age*");

    [Fact]
    public void A_column_of_text_is_no_label()
    {
        AnnotationSet set = AnnotationSet.Read(new StringReader("image,expression,who\na,1,anna\nb,2,ben\n"));

        FluentActions.Invoking(() => new LabelTable(set, new Dictionary<string, ITaskLabels> { ["x"] = new ColumnLabels("who") }))
            .Should().Throw<InvalidOperationException>().WithMessage("*'who' is text*");
    }

    [Fact]
    public void Intensities_are_read_unit_by_unit()
    {
        ActionUnitSet units = ActionUnitSet.Parse("AU6", "AU12");
        AnnotationSet set = AnnotationSet.Read(new StringReader("image,AU6_intensity,AU12_intensity\na,,3.5\nb,1,5\n"));
        LabelTable table = new(set, new Dictionary<string, ITaskLabels> { ["intensities"] = new ActionUnitIntensityLabels(units) });

        using LabelBatch batch = table.Batch([0, 1], torch.CPU);

        batch.Tasks["intensities"].Values.data<float>().ToArray().Should().Equal(0, 3.5f, 1, 5);
        batch.Tasks["intensities"].Mask.data<float>().ToArray().Should().Equal(0, 1, 1, 1);
    }
}
