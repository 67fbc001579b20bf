using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

/// <summary>Intensities of action units in files and sets.</summary>
public sealed class IntensityLabelTests
{
    private const string Text =
        "image,AU12,au12_intensity,AU1_intensity,person\na.jpg,1,2.5,0,Ada\nb.jpg,,,,Eva\nc.jpg,0,,5,Ada\n";

    [Fact]
    public void A_header_that_names_intensities_gives_rows_them()
    {
        AnnotationSet set = Read(Text);

        set.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU1", "AU12"));
        set.Units.Should().Be(ActionUnitSet.Parse("AU12")); // presence and intensity are labels of their own
        set[0].Intensities[ActionUnit.AU12].Should().Be(2.5f);
        set[0].Intensities[ActionUnit.AU1].Should().Be(0);
        set[0].Intensities[ActionUnit.AU4].Should().BeNull();
        set.Select(row => row.Intensities.KnownCount).Should().Equal(2, 0, 1);
        set.Select(row => row.Intensities.AnyKnown).Should().Equal(true, false, true);
        set[1].Intensities.Units.Should().Be(set.IntensityUnits);
        set[2].Intensities[ActionUnit.AU12].Should().BeNull();
        set[2].ActionUnits[ActionUnit.AU12].Should().BeFalse();
        new AnnotationRow("d.jpg", null, null, default).Intensities.AnyKnown.Should().BeFalse();
        (set[0] with { Extra = default }).Intensities[ActionUnit.AU12].Should().BeNull();
    }

    [Theory]
    [InlineData(AnnotationFileLayout.Full)]
    [InlineData(AnnotationFileLayout.Compact)]
    public void Files_keep_them(AnnotationFileLayout layout)
    {
        StringWriter text = new();
        Read(Text).Write(text, layout);

        AnnotationSet again = Read(text.ToString());

        text.ToString().Should().Contain(",AU12_intensity,AU1_intensity,person\n");
        Values(again).Should().Equal(Values(Read(Text)));
    }

    [Fact]
    public void Files_without_them_stay_as_they_were()
    {
        const string Plain = "image,AU12,age,person\na.jpg,1,29,Ada\n";
        StringWriter text = new();
        AnnotationSet set = Read(Plain);
        set.Write(text, AnnotationFileLayout.Compact);

        text.ToString().Should().Be("#text,person\n" + Plain);
        set.IntensityUnits.Should().BeNull();
        set[0].Intensities.Units.Should().BeNull();
        set[0].Intensities[ActionUnit.AU12].Should().BeNull();
        set.Statistics.IntensityUnits.Should().BeNull();
        (set.Statistics.KnownIntensity, set.Statistics.IntensityCounts.Length).Should().Be((0, 0));
        Read("image,AU85_intensity\na.jpg,3\n").IntensityUnits.Should().BeNull("85 is the code of a movement");
    }

    [Theory]
    [InlineData("5.1")]
    [InlineData("-0.1")]
    [InlineData("C")]
    public void Others_than_0_to_5_are_refused_with_their_line(string value)
    {
        Action read = () => Read($"image,AU4_intensity\na.jpg,1\nb.jpg,{value}\n");

        AnnotationFormatException fault = read.Should().Throw<AnnotationFormatException>().Which;
        fault.LineNumber.Should().Be(3);
        fault.Message.Should().Contain("AU4_intensity").And.Contain(value);
    }

    [Fact]
    public void Sets_in_memory_are_given_them()
    {
        AnnotationSet plain = Read("image,AU12,age\na.jpg,1,29\nb.jpg,0,31\n");
        ActionUnitSet units = ActionUnitSet.Parse("AU12", "AU17");

        AnnotationSet strong = plain.WithIntensities(units, (row, unit) =>
            row.ActionUnits[unit] == true ? 3.5f : unit == ActionUnit.AU17 ? null : 0);
        AnnotationSet changed = strong.WithIntensities(
            ActionUnitSet.Parse("AU12"), (row, _) => row.Image == "a.jpg" ? float.NaN : null);
        Action wrong = () => plain.WithIntensities(units, (_, _) => 6);

        strong.ExtraColumns.Should().Equal("age", "AU12_intensity", "AU17_intensity");
        strong.Select(row => row.Intensities[ActionUnit.AU12]).Should().Equal(3.5f, 0);
        strong.Select(row => row.Intensities[ActionUnit.AU17]).Should().OnlyContain(intensity => intensity == null);
        strong[0].Extra.Span[0].Should().Be(29);
        changed.ExtraColumns.Should().Equal(strong.ExtraColumns);
        changed.Select(row => row.Intensities[ActionUnit.AU12]).Should().Equal(null, 0);
        wrong.Should().Throw<ArgumentException>().WithMessage("*AU12_intensity is 6*");
        AnnotationSet.IntensityColumn(ActionUnit.AU9).Should().Be("AU9_intensity");
        Action none = () => AnnotationSet.IntensityColumn((ActionUnit)65);
        none.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Merged_sets_have_those_of_all_and_refuse_two_of_one_image()
    {
        AnnotationSet one = Read("image,AU1_intensity\na.jpg,2\nb.jpg,\n"), other = Read("image,AU2_intensity,AU1_intensity\nb.jpg,1,4\n");

        AnnotationSet merged = AnnotationSet.Merge(one, other);
        Action contradiction = () => AnnotationSet.Merge(one, Read("image,AU1_intensity\na.jpg,3\n"));

        merged.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU1", "AU2"));
        Values(merged).Should().Equal("a.jpg 2 ?", "b.jpg 4 1");
        contradiction.Should().Throw<ArgumentException>().WithMessage("*a.jpg*contradict*");
    }

    [Fact]
    public void Statistics_count_them()
    {
        AnnotationStatistics statistics = Read(Text).Statistics;

        statistics.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU1", "AU12"));
        statistics.KnownIntensity.Should().Be(2);
        statistics.IntensityCounts.Should().Equal(2, 1);
        statistics.MeanIntensities.Should().Equal(2.5, 2.5);
        Read("image,AU1_intensity\na.jpg,\n").Statistics.MeanIntensities.Should().Equal((double?)null);
    }

    [Fact]
    public void Hiding_hides_whole_rows_of_them_and_leaves_other_columns() =>
        Gen.Select(Gen.Double[0, 1], Gen.Long[0, 99]).Sample((fraction, seed) =>
        {
            AnnotationSet set = Many();

            AnnotationSet hidden = set.HideLabels(fraction, seed);

            int left = hidden.Count(row => row.Intensities.AnyKnown);
            int hide = (int)Math.Round(fraction * set.Count, MidpointRounding.AwayFromZero);
            left.Should().Be(fraction < 1 ? Math.Max(1, set.Count - hide) : 0);
            hidden.All(row => row.Intensities.KnownCount is 0 or 2).Should().BeTrue();
            hidden.Select(row => row.Extra.Span[0]).Should().Equal(set.Select(row => row.Extra.Span[0]));
        });

    [Fact]
    public void A_stratified_split_has_strong_rows_on_both_sides()
    {
        (AnnotationSet training, AnnotationSet validation) = Many().SplitStratified(0.25, seed: 3);

        validation.Count.Should().Be(10);
        validation.Count(row => row.Intensities[ActionUnit.AU4] >= 1).Should().Be(1);
        training.Count(row => row.Intensities[ActionUnit.AU4] >= 1).Should().Be(3);
    }

    // AU4 is strong in four rows of forty.
    private static AnnotationSet Many() => new AnnotationSet(
        Enumerable.Range(0, 40).Select(i => new AnnotationRow($"{i}.jpg", null, null, default) { Extra = new[] { (float)i } }),
        extraColumns: ["age"]).WithIntensities(
            ActionUnitSet.Parse("AU4", "AU6"),
            (row, unit) => unit == ActionUnit.AU4 ? row.Extra.Span[0] % 10 == 0 ? 3 : 0 : row.Extra.Span[0] % 6);

    private static IEnumerable<string> Values(AnnotationSet set) => set.Select(row => FormattableString.Invariant(
        $"{row.Image} {row.Intensities[ActionUnit.AU1]?.ToString() ?? "?"} {row.Intensities[set.IntensityUnits![^1]]?.ToString() ?? "?"}"));

    private static AnnotationSet Read(string text) => AnnotationSet.Read(new StringReader(text));
}
