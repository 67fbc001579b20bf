using System.Globalization;
using System.Text;
using CsCheck;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Tests.Data;

/// <summary>Files of ours: any subset of columns, named in the header.</summary>
public sealed class NamedColumnsTests
{
    private static readonly Gen<string> Text = Gen.Frequency(
        (1, Gen.Const("")), (4, Gen.String[Gen.Char["ab0,\"' é;#\u0301\t"], 1, 6]));

    private static readonly Gen<AnnotationSet> Set = Gen.Select(
        Gen.Select(
            Gen.Float[-1, 1].Nullable(), Gen.Float[-1, 1].Nullable(), Gen.Int[-1, 2], AnnotationGen.ActionUnitLabels,
            Gen.Float[0, 5].Nullable(), Text, Text,
            (valence, arousal, expression, units, number, text, source) =>
                new AnnotationRow("", null, expression < 0 ? null : expression, units)
                {
                    Valence = valence, Arousal = arousal, Extra = new[] { number ?? float.NaN, number ?? float.NaN },
                    Text = new[] { text.Length == 0 ? null : text, source.Length == 0 ? null : source },
                }).Array[0, 20],
        Gen.Bool, Gen.Bool,
        (rows, noUnits, noExpression) => new AnnotationSet(
            rows.Select((row, i) => row with
            {
                Image = $"{i}.jpg",
                ActionUnits = noUnits ? default : row.ActionUnits,
                Expression = noExpression ? null : row.Expression,
            }),
            new("Calm", "Ange, nehm", "\u00C4rger"),
            ["AU12_intensity", "weight"],
            ["person, id", "source"]));

    [Theory]
    [InlineData("image,smile\na.jpg,1\nb.jpg,\n")]
    [InlineData("smile,image\n1,a.jpg\n,b.jpg\n")]
    [InlineData("Image , \"smile\"\r\n\"a.jpg\",1\r\nb.jpg,nan\r\n")]
    public void A_column_of_ones_own_alone_is_a_file(string text)
    {
        AnnotationSet set = Read(text);

        set.Select(row => row.Image).Should().Equal("a.jpg", "b.jpg");
        set.ExtraColumns.Should().Equal("smile");
        set.Select(row => row.Extra.Span[0]).Should().Equal(1, float.NaN);
        set.Should().OnlyContain(row => row.Valence == null && row.Expression == null && !row.ActionUnits.AnyKnown);
    }

    [Fact]
    public void Standard_columns_may_be_any_in_any_order_and_empty_fields_are_unknown()
    {
        AnnotationSet set = Read("AU12,expression,AU01,image,valence\n1,4,-1,a.jpg,0.5\n,,0,b.jpg,\n0,-1,,c.jpg,-5\n");

        set.Select(row => row.Expression).Should().Equal(4, null, null);
        set.Select(row => row.Valence).Should().Equal(0.5f, null, null);
        set.Select(row => row.Arousal).Should().OnlyContain(arousal => arousal == null);
        set.Select(row => row.ActionUnits[ActionUnit.AU12]).Should().Equal(true, null, false);
        set.Select(row => row.ActionUnits[ActionUnit.AU1]).Should().Equal(null, false, null);
        set.ExtraColumns.Should().BeEmpty();
        (set.Statistics.KnownValence, set.Statistics.KnownArousal, set.Statistics.InvalidValenceArousal).Should().Be((1, 0, 3));
    }

    [Fact]
    public void Half_of_valence_and_arousal_is_kept_and_is_no_label_of_both()
    {
        AnnotationSet set = Read("image,valence,arousal,expression,aus\na.jpg,0.5,-5,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1\n");

        set[0].ValenceArousal.Should().BeNull();
        (set[0].Valence, set[0].Arousal).Should().Be((0.5f, null));
        Written(set, AnnotationFileLayout.Full).Should().EndWith("a.jpg,0.5,-5,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1\n");
        (set[0] with { ValenceArousal = null }).Valence.Should().BeNull();
        (set[0] with { Arousal = 1 }).ValenceArousal.Should().Be(new ValenceArousal(0.5f, 1));
        set.MergeWith(Read("image,arousal\na.jpg,-0.25\n"))[0].ValenceArousal.Should().Be(new ValenceArousal(0.5f, -0.25f));
    }

    [Fact]
    public void Columns_are_numbers_where_all_of_them_are_and_text_otherwise()
    {
        AnnotationSet set = Read("image,age,person,code,note\na.jpg,31,Ada,007,\nb.jpg,,\"Lovelace, A.\",12,x\n");

        set.ExtraColumns.Should().Equal("age");
        set.TextColumns.Should().Equal("person", "code", "note");
        set[0].Text.ToArray().Should().Equal("Ada", "007", null);
        set[1].Text.ToArray().Should().Equal("Lovelace, A.", "12", "x");
    }

    [Theory]
    [InlineData("16777216", true)]
    [InlineData("16777217", false)]
    [InlineData("-19900513", false)]
    [InlineData("+19900512", true)]
    [InlineData("99999990", true)] // as a number that is held is written
    [InlineData("99999991", false)]
    [InlineData("12345678901234567890123456789012345678901234567890", false)]
    [InlineData("19900513.0", false)] // as pandas writes it beside an empty field
    [InlineData("-19900513.000", false)]
    [InlineData("19900512.0", true)]
    [InlineData("007.0", false)]
    [InlineData("7.0", true)]
    [InlineData("16777217.5", true)] // a measure, which may be rounded
    [InlineData("1.23456789e10", true)]
    [InlineData("123456789.25", true)]
    [InlineData("1699999999.25", false)] // the time of a clock
    [InlineData("-1699999999.250", false)]
    [InlineData("1E5", true)] // beside a 7
    [InlineData("007", false)]
    [InlineData("0", true)]
    public void A_code_that_single_precision_would_change_is_text(string value, bool isNumber)
    {
        string[] headers = ["image,code", $"{LabelHeader.Full},code"];
        foreach (string header in headers)
        {
            string between = header == headers[0] ? "," : ",0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,";

            AnnotationSet set = Read($"{header}\na.jpg{between}{value}\nb.jpg{between}7\n");

            (set.ExtraColumns.Length, set.TextColumns.Length).Should().Be(isNumber ? (1, 0) : (0, 1));
            (isNumber ? "7" : set[0].Text.Span[0]).Should().Be(isNumber ? "7" : value);
        }
    }

    [Fact]
    public void A_column_of_plates_alone_is_text_in_files_and_imports()
    {
        const string Rows = "image,plate,size\na.jpg,1E5,1E5\nb.jpg,,2.5\nc.jpg,20E1,1E+05\n";
        TableDescription description = new() { Columns = { ["image"] = "image", ["plate"] = "plate", ["size"] = "size" } };

        AnnotationSet imported = AnnotationImport.Read(Encoding.UTF8.GetBytes(Rows), "t.csv", description).Annotations;
        foreach (AnnotationSet set in new[] { Read(Rows), imported })
        {
            set.TextColumns.Should().Equal("plate");
            set.ExtraColumns.Should().Equal("size");
            set.Select(row => row.Text.Span[0]).Should().Equal("1E5", null, "20E1");
        }
    }

    [Fact]
    public void Text_may_be_declared_and_a_source_is_text_always()
    {
        AnnotationSet set = Read("# made by hand\n#text,person\nimage,person,source\na.jpg,12,1\n");

        set.TextColumns.Should().Equal("person", "source");
        set[0].Text.ToArray().Should().Equal("12", "1");
    }

    [Fact]
    public void Intensities_weights_and_codes_of_movements_are_kept_as_numbers_and_units_beyond_the_twelve_are_units()
    {
        AnnotationSet set = Read("image,AU5,AU85,AU12_intensity,au04_INTENSITY,weight\na.jpg,1,-1,2.5,5,0.5\nb.jpg,-1,1,,0,\n");

        set.ExtraColumns.Should().Equal("AU85", "AU12_intensity", "AU4_intensity", "weight");
        set.Select(row => row.ActionUnits[ActionUnit.AU5]).Should().Equal(true, null);
        set[0].Extra.ToArray().Should().Equal(float.NaN, 2.5f, 5, 0.5f);
        set[1].Extra.ToArray().Should().Equal(1, float.NaN, 0, float.NaN);
    }

    [Theory]
    [InlineData("#classes,Calm,Tense\nimage,expression\na.jpg,tense\nb.jpg,0\nc.jpg,\n")]
    [InlineData("# classes , Calm , Tense\nimage,expression\na.jpg,TENSE\nb.jpg,Calm\nc.jpg,-1\n")]
    public void A_file_with_names_carries_its_classes(string text)
    {
        AnnotationSet set = Read(text);

        set.ExpressionClasses.Should().Be(new ExpressionClassSet("Calm", "Tense"));
        set.Select(row => row.Expression).Should().Equal(1, 0, null);
        set.Invoking(s => s.MergeWith(new AnnotationSet([]))).Should().Throw<ArgumentException>()
            .WithMessage("*different expression classes*");
        FluentActions.Invoking(() => Read(text, new() { ExpressionClasses = new("Tense", "Calm") })).Should()
            .Throw<AnnotationFormatException>().WithMessage("labels.txt: the file's expressions are of the classes Calm, Tense, and " +
                "Tense, Calm*");
    }

    [Fact]
    public void Names_are_told_without_case_and_unicode_form() =>
        Read("#classes,\u00C4rger,Ruhe\nimage,expression\na.jpg,a\u0308rger\nb.jpg,RUHE\n").Select(row => row.Expression)
            .Should().Equal(0, 1);

    [Fact]
    public void Names_without_a_line_of_classes_are_of_the_eight() =>
        Read("image,expression\na.jpg,Happiness\nb.jpg,other\n").Select(row => row.Expression).Should().Equal(4, 7);

    [Theory]
    [InlineData("image,expression\na.jpg,Joy\n", "line 2: expression is 'Joy', expected one of Neutral*#classes*")]
    [InlineData("#classes,Calm\nimage,expression\n", "line 1: *at least two classes*#classes*")]
    [InlineData("#classes,A,B\n#classes,A,B\nimage\n", "line 2: *each once*")]
    [InlineData("#klasses,A,B\nimage\n", "line 1: '#klasses,A,B' is neither*")]
    [InlineData("#text,age\nimage,valence\n", "line 2: #text names 'age'*")]
    [InlineData("#text,weight\nimage,weight\n", "line 2: #text names 'weight'*")]
    [InlineData("# only a remark\n", "*the file is empty*")]
    [InlineData("valence,arousal\n0,0\n", "line 1: the header is missing*image*")]
    [InlineData("image,valence,Valence\n", "line 1: two columns have the name 'valence'*")]
    [InlineData("image,AU1,AU01\n", "line 1: two columns have the name 'AU1'*")]
    [InlineData("image,age,Age\n", "line 1: *'Age' has the name of another column*")]
    [InlineData("image,age,\n", "line 1: *no name*")]
    [InlineData("image,image\n", "line 1: two columns have the name 'image'*")]
    [InlineData("image,valence,aus\n", "line 1: *neither*nor*")]
    [InlineData("image,smile\na.jpg\n", "line 2: the row has 1 field, expected 2 (image, smile)*")]
    [InlineData("image,smile\na,b.jpg,1\n", "line 2: the row has 3 fields, expected 2 (image, smile)*double quotes*")]
    [InlineData("image,smile\na.jpg,1\n\na.jpg,0\n", "line 4: the image 'a.jpg' was annotated on line 2 already*")]
    [InlineData("image,smile\n,1\n", "line 2: the image name is empty*")]
    [InlineData("image,smile\n..\\a.jpg,1\n", "line 2: *'..'*")]
    [InlineData("image,valence\na.jpg,5\n", "line 2: valence is 5*")]
    [InlineData("image,valence\na.jpg,\"0,5\"\n", "line 2: valence is '0,5'*decimal point*")]
    [InlineData("image,AU12\na.jpg,2\n", "line 2: AU12 is 2*")]
    [InlineData("image,AU5\na.jpg,2\n", "line 2: AU5 is 2, which is no presence*")]
    [InlineData("image,AU5\na.jpg,yes\n", "line 2: AU5 is 'yes'*")]
    [InlineData("image,AU12_intensity\na.jpg,5.5\n", "line 2: AU12_intensity is 5.5, outside*")]
    [InlineData("image,weight\na.jpg,-1\n", "line 2: weight is -1, and a weight is 0 or more*")]
    [InlineData("image,age\na.jpg,1e99\n", "line 2: age is*not a finite number*")]
    public void What_is_wrong_is_named_with_its_line(string text, string message) =>
        FluentActions.Invoking(() => Read(text)).Should().Throw<AnnotationFormatException>().WithMessage("labels.txt*" + message);

    [Fact]
    public void A_compact_file_has_what_is_known_alone()
    {
        AnnotationSet set = new([new("a b.jpg", null, 4, default) { Valence = 0.25f }, new("c.jpg", null, null, default)]);

        Written(set, AnnotationFileLayout.Compact).Should().Be(
            "#classes,Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other\nimage,valence,expression\na " +
                "b.jpg,0.25,Happiness\nc.jpg,,\n");
        Written(new AnnotationSet([new("a.jpg", null, null, default)]), AnnotationFileLayout.Compact).Should().Be("image\na.jpg\n");
        Written(new AnnotationSet([new("a.jpg", null, 1, default)], new("3", "2")), AnnotationFileLayout.Compact).Should()
            .Be("#classes,3,2\nimage,expression\na.jpg,1\n");
    }

    [Fact]
    public void What_is_written_in_either_layout_is_read_back() => Gen.Select(Set, Gen.Bool).Sample((set, compact) =>
    {
        AnnotationFileLayout layout = compact ? AnnotationFileLayout.Compact : AnnotationFileLayout.Full;
        string text = Written(set, layout);
        AnnotationSet read = Read(text);
        read.ExtraColumns.Should().Equal(set.ExtraColumns);
        read.TextColumns.Should().Equal(set.TextColumns);
        if (!compact || set.Any(row => row.Expression is not null))
        {
            read.ExpressionClasses.Should().Be(set.ExpressionClasses);
        }

        read.Select(Flat).Should().Equal(set.Select(Flat));
        Written(read, layout).Should().Be(text);
    }, iter: 300);

    [Fact]
    public void Merging_joins_text_by_name_and_sources_by_plus()
    {
        AnnotationSet merged = AnnotationSet.Merge(
            Read("image,expression,source,person\na.jpg,1,one,Ada\n"),
            Read("image,AU1,source\na.jpg,1,two\nb.jpg,0,two\n"));

        merged.TextColumns.Should().Equal("source", "person");
        merged[0].Text.ToArray().Should().Equal("one+two", "Ada");
        merged[1].Text.ToArray().Should().Equal("two", null);
        FluentActions.Invoking(() => merged.MergeWith(Read("image,person\na.jpg,Eva\n"))).Should().Throw<ArgumentException>()
            .WithMessage("*a.jpg contradict each other in the column person ('Ada' and 'Eva')*");
        FluentActions.Invoking(() => merged.MergeWith(Read("image,person\na.jpg,1\n"))).Should().Throw<ArgumentException>()
            .WithMessage("*'person' is numbers in one set and text in another*");
    }

    [Theory]
    [InlineData("one+two", "one+two", "one+two")]
    [InlineData("one+two", "one", "one+two")]
    [InlineData("one", "one+two", "one+two")]
    [InlineData("one+two", "two+one", "one+two")]
    [InlineData("one+two", "two+three", "one+two+three")]
    [InlineData("one", "onetwo", "one+onetwo")]
    public void A_source_is_named_once_however_often_it_is_merged(string first, string second, string merged) =>
        Read($"image,source\na.jpg,{first}\n").MergeWith(Read($"image,source\na.jpg,{second}\n"))[0].Text.Span[0].Should().Be(merged);

    [Fact]
    public void Shaping_keeps_text()
    {
        AnnotationSet set = Read("image,person\nv/a.jpg,Ada\nw/b.jpg,Eva\n");

        set.Select([1]).Single().Text.ToArray().Should().Equal("Eva");
        set.WithImagePrefix("p").Select(row => row.Text.Span[0]).Should().Equal("Ada", "Eva");
        set.HideExpressions(0.5, 1).Select(row => row.Text.Span[0]).Should().Equal("Ada", "Eva");
        FluentActions.Invoking(() => new AnnotationSet([new("a", null, null, default)], null, null, ["person"])).Should()
            .Throw<ArgumentException>().WithMessage("*0 texts for 1 columns of text*");
        FluentActions.Invoking(() => new AnnotationSet([], null, null, ["weight"])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new AnnotationSet([], null, ["source"])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new AnnotationSet([new("a", null, null, default) { Extra = new[] { -1f } }], null,
            ["weight"])).Should()
            .Throw<ArgumentException>().WithMessage("*weight is -1*");
    }

    [Fact]
    public void A_text_with_a_line_break_cannot_be_written() =>
        new AnnotationSet([new("a", null, null, default) { Text = new[] { "x\ny" } }], null, null, ["note"])
            .Invoking(set => set.Write(new StringWriter())).Should().Throw<AnnotationFormatException>().WithMessage("*line 3*line break*");

    private static (string, float?, float?, int?, ActionUnitLabels, string, string) Flat(AnnotationRow row) => (
        row.Image, row.Valence, row.Arousal, row.Expression, row.ActionUnits, string.Join('|', row.Extra.ToArray()),
        string.Join('|', row.Text.ToArray()));

    private static AnnotationSet Read(string text, AnnotationFileOptions? options = null) =>
        AnnotationSet.Read(new StringReader(text), "labels.txt", options);

    private static string Written(AnnotationSet set, AnnotationFileLayout layout)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        set.Write(text, layout);
        return text.ToString();
    }
}
