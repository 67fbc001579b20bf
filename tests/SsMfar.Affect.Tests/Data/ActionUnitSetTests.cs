using System.Text.Json;
using SsMfar.Data;
using SsMfar.Submissions;

namespace SsMfar.Tests.Data;

/// <summary>Sets of action units as data: of a file's header, through counts, merges, splits and back into a file.</summary>
public sealed class ActionUnitSetTests
{
    private const string DisfaHeader = "image,AU1,AU2,AU4,AU5,AU6,AU9,AU12,AU15,AU17,AU20,AU25,AU26\n";

    [Fact]
    public void A_set_has_its_units_in_the_order_of_their_numbers()
    {
        ActionUnitSet units = ActionUnitSet.Parse("au17", "AU05", "AU1");

        units.Names.Should().Equal("AU1", "AU5", "AU17");
        units.Units.Should().Equal(ActionUnit.AU1, ActionUnit.AU5, ActionUnit.AU17);
        (units.IndexOf(ActionUnit.AU17), units.IndexOf(ActionUnit.AU12), units.Contains((ActionUnit)64)).Should().Be((2, -1, false));
        units.Should().Be(new ActionUnitSet(ActionUnit.AU5, ActionUnit.AU1, ActionUnit.AU17)).And.NotBe(ActionUnitSet.Disfa);
        units.ToString().Should().Be("AU1, AU5, AU17");
        units.Common(ActionUnitSet.AffWild2)!.Names.Should().Equal("AU1");
        units.Common(new(ActionUnit.AU2)).Should().BeNull();
        ActionUnitSet.AffWild2.Units.Should().Equal(ActionUnits.All);
        (ActionUnitSet.Disfa.Count, ActionUnitSet.Bp4d.Count).Should().Be((12, 12));
    }

    [Fact]
    public void Json_has_the_names()
    {
        string json = JsonSerializer.Serialize(ActionUnitSet.Parse("AU17", "AU1"));

        json.Should().Be("""["AU1","AU17"]""");
        JsonSerializer.Deserialize<ActionUnitSet>(json).Should().Be(ActionUnitSet.Parse("AU1", "AU17"));
        FluentActions.Invoking(() => JsonSerializer.Deserialize<ActionUnitSet>("""["smile"]""")).Should().Throw<JsonException>();
        FluentActions.Invoking(() => JsonSerializer.Deserialize<ActionUnitSet>("3")).Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("at least one")]
    [InlineData("'smile' is the name of no action unit", "smile")]
    [InlineData("AU1 is given twice", "AU1", "AU01")]
    [InlineData("'AU65' is the name of no action unit", "AU65")]
    [InlineData("'AU12_intensity' is the name of no action unit", "AU12_intensity")]
    public void Names_that_make_no_set_are_refused(string why, params string[] names) =>
        FluentActions.Invoking(() => ActionUnitSet.Parse(names)).Should().Throw<ArgumentException>().WithMessage($"*{why}*");

    [Fact]
    public void A_header_says_which_units_a_file_is_about()
    {
        AnnotationSet set = Read(DisfaHeader + "a.jpg,1,0,0,1,0,0,1,0,-1,0,,0\nb.jpg,0,0,0,0,0,1,0,0,1,0,1,0\n");

        set.Units.Should().Be(ActionUnitSet.Disfa);
        set.ExtraColumns.Should().BeEmpty();
        ActionUnitLabels first = set[0].ActionUnits;
        (first[ActionUnit.AU5], first[ActionUnit.AU17], first[ActionUnit.AU25], first[ActionUnit.AU7], first.KnownCount)
            .Should().Be((true, null, null, null, 10));
        set.Statistics.Units.Should().Be(ActionUnitSet.Disfa);
        set.Statistics.ActionUnitPositives.Should().Equal(1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0);
        set.Statistics.ActionUnitNegatives.Should().Equal(1, 2, 2, 1, 2, 1, 1, 2, 0, 2, 0, 2);
        FluentActions.Invoking(() => set.Statistics.RequireActionUnitWeights()).Should().Throw<InsufficientLabelsException>()
            .Which.Missing.Should().Equal("AU2", "AU4", "AU6", "AU15", "AU17", "AU20", "AU25", "AU26");
        Read("image,AU12\na.jpg,1\n").Units.Names.Should().Equal("AU12");
        Read("image,AU99,AU3\na.jpg,1,0\n").Units.Names.Should().Equal("AU3"); // a code, of a movement, is a column of one's own
    }

    [Theory]
    [InlineData("image,valence,arousal,expression,aus\na.jpg,0.5,0.5,1,1,0,0,0,0,0,0,0,0,0,0,0\n")]
    [InlineData("image,valence\na.jpg,0.5\n")]
    [InlineData("image\na.jpg\n")]
    public void The_challenges_header_and_files_without_units_are_about_the_twelve(string file) =>
        Read(file).Units.Should().Be(ActionUnitSet.AffWild2);

    [Theory]
    [InlineData(AnnotationFileLayout.Full)]
    [InlineData(AnnotationFileLayout.Compact)]
    public void A_file_of_other_units_reads_back_as_it_was(AnnotationFileLayout layout)
    {
        AnnotationSet set = Read(DisfaHeader + "a.jpg,1,0,0,1,0,0,1,0,-1,0,,0\nb.jpg,0,0,0,0,0,1,0,0,1,0,1,0\n");
        using StringWriter text = new();

        set.Write(text, layout);

        AnnotationSet read = Read(text.ToString());
        read.Units.Should().Be(ActionUnitSet.Disfa);
        read.Select(row => row.ActionUnits).Should().Equal(set.Select(row => row.ActionUnits));
    }

    // AU15 has no label in it, and scores are means over all that a set is about.
    [Fact]
    public void A_unit_without_a_label_is_written_where_others_have_some()
    {
        AnnotationSet set = Read("image,AU1,AU15\na.jpg,1,\nb.jpg,0,\n");
        using StringWriter text = new(), none = new();

        set.Write(text, AnnotationFileLayout.Compact);
        Read("image,AU1,AU15,age\na.jpg,,,4\n").Write(none, AnnotationFileLayout.Compact);

        text.ToString().Should().EndWith("image,AU1,AU15\na.jpg,1,\nb.jpg,0,\n");
        Read(text.ToString()).Units.Should().Be(set.Units);
        AnnotationSet.Merge(set, Read("image,expression\nc.jpg,1\n")).Units.Should().Be(set.Units);
        none.ToString().Should().EndWith("image,age\na.jpg,4\n");
    }

    [Fact]
    public void Sets_merge_to_all_units_that_any_is_about()
    {
        AnnotationSet disfa = Read(DisfaHeader + "a.jpg,1,0,0,1,0,0,1,0,1,0,0,0\n");
        AnnotationSet challenge = Read(
            "image,valence,arousal,expression,aus\na.jpg,-5,-5,-1,1,0,0,0,1,0,1,0,0,0,0,0\n" +
                "b.jpg,0.5,0.1,2,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1\n");

        AnnotationSet merged = AnnotationSet.Merge(challenge, disfa);

        merged.Units.Names.Should().Equal("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU10", "AU12", "AU15", "AU17", "AU20", "AU23",
            "AU24", "AU25", "AU26");
        merged[0].ActionUnits.KnownCount.Should().Be(16);
        (merged[0].ActionUnits[ActionUnit.AU7], merged[0].ActionUnits[ActionUnit.AU17]).Should().Be((true, true));
        AnnotationSet.Merge(Read("image,valence\nc.jpg,1\n"), disfa).Units.Should().Be(ActionUnitSet.Disfa); // no unit, no claim
        AnnotationSet other = Read("image,AU17\na.jpg,0\n");
        FluentActions.Invoking(() => AnnotationSet.Merge(disfa, other)).Should().Throw<ArgumentException>()
            .WithMessage("*contradict*AU17*");
    }

    [Fact]
    public void Rows_in_memory_say_by_themselves_what_they_are_about()
    {
        AnnotationRow twelve = new("a.jpg", null, null, ActionUnitLabels.Unknown.With(ActionUnit.AU12, true));
        AnnotationRow other = new("b.jpg", null, null, ActionUnitLabels.Unknown.With((ActionUnit)3, false));

        new AnnotationSet([twelve]).Units.Should().Be(ActionUnitSet.AffWild2);
        AnnotationSet both = new([twelve, other]);
        both.Units.Names.Should().Equal("AU3", "AU12");
        new AnnotationSet([twelve], units: ActionUnitSet.Disfa).Units.Should().Be(ActionUnitSet.Disfa);
        FluentActions.Invoking(() => new AnnotationSet([twelve, other], units: ActionUnitSet.Disfa)).Should().Throw<ArgumentException>()
            .WithMessage("*AU3*AU1, AU2*");
        AnnotationSet one = both.WithUnits(new(ActionUnit.AU12));
        (one[0].ActionUnits.KnownCount, one[1].ActionUnits.AnyKnown, one.Units.Count).Should().Be((1, false, 1));
        both.HideExpressions(1, 0).Units.Should().Be(both.Units);
        both.WithSource("x").WithWeights(_ => 2).WithImagePrefix("p").Select([0]).Units.Should().Be(both.Units);
        FluentActions.Invoking(() => new AnnotationSet([], extraColumns: ["AU17"])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Splits_share_out_units_of_every_set()
    {
        AnnotationSet set = Read("image,AU17,AU20\n" + string.Concat(
            Enumerable.Range(0, 40).Select(i => FormattableString.Invariant($"{i}.jpg,{i % 2},{(i % 8 == 0 ? 1 : 0)}\n"))));

        (AnnotationSet training, AnnotationSet validation) = set.SplitStratified(0.2, seed: 1);

        validation.Statistics.ActionUnitPositives[0].Should().BeInRange(3, 5);
        validation.Statistics.ActionUnitPositives[1].Should().Be(1);
        training.Statistics.ActionUnitPositives[1].Should().Be(4);
    }

    [Fact]
    public void A_submission_has_room_for_the_twelve_alone()
    {
        ActionUnitLabels disfa = ActionUnitLabels.Unknown;
        foreach (ActionUnit unit in ActionUnitSet.Disfa.Units)
        {
            disfa = disfa.With(unit, true);
        }

        FluentActions.Invoking(() => new Submission([new("a.jpg", 0, 0, 1, disfa)])).Should().Throw<ArgumentException>()
            .WithMessage("*decides 12 action units, expected the challenge's 12*");
    }

    [Fact]
    public void A_list_of_images_needs_no_classes_and_no_labels_that_are_right()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("list.txt");
        File.WriteAllText(path, "#classes,Calm,Tense\nexpression,image,valence\nTense,b\\1.jpg,7\nGlad,a.jpg,\nCalm,a.jpg,x\n");

        AnnotationSet.LoadImages(path).Should().Equal("b/1.jpg", "a.jpg", "a.jpg");
        File.WriteAllText(path, "image,valence,arousal,expression,aus\nv/1.jpg\nv/2.jpg\n");
        AnnotationSet.LoadImages(path).Should().Equal("v/1.jpg", "v/2.jpg");
        File.WriteAllText(path, "expression,image\n1\n");
        FluentActions.Invoking(() => AnnotationSet.LoadImages(path)).Should().Throw<AnnotationFormatException>().WithMessage("*line 2*");
        File.WriteAllText(path, "");
        FluentActions.Invoking(() => AnnotationSet.LoadImages(path)).Should().Throw<AnnotationFormatException>();
    }

    private static AnnotationSet Read(string text) => AnnotationSet.Read(new StringReader(text));
}
