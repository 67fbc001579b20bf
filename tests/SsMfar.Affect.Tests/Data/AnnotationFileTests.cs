using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

public class AnnotationFileTests
{
    private const string Short = "image,valence,arousal,expression,aus\n";
    private const string Full = "image,valence,arousal,expression,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26";

    private static AnnotationSet Read(string text, AnnotationFileOptions? options = null) =>
        AnnotationSet.Read(new StringReader(text), "train.txt", options);

    [Fact]
    public void A_row_of_the_challenge_is_read()
    {
        AnnotationRow row = Read(Short + "video45_1/00001.jpg,0.25,-0.5,4,0,1,0,0,0,0,0,0,0,0,0,1\n").Single();

        row.Image.Should().Be("video45_1/00001.jpg");
        row.ValenceArousal.Should().Be(new ValenceArousal(0.25f, -0.5f));
        row.Expression.Should().Be(4);
        row.ActionUnits.KnownCount.Should().Be(12);
        Enumerable.Range(0, 12).Where(i => row.ActionUnits[i] == true).Should().Equal(1, 11);
    }

    [Theory]
    [InlineData("a.jpg,-5,-5,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1")]
    [InlineData("a.jpg,-5.0,-5.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0,-1.0")]
    [InlineData(" a.jpg , -5.0 ,-5,\t-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1 \t")]
    public void Unknown_labels_are_null_however_they_are_written(string line)
    {
        AnnotationRow row = Read(Short + line).Single();

        row.Should().Be(new AnnotationRow("a.jpg", null, null, ActionUnitLabels.Unknown));
    }

    [Fact]
    public void Units_may_be_partly_unknown()
    {
        AnnotationRow row = Read(Short + "a.jpg,-5,-5,0,-1,0,1,-1.0,0.0,1.0,0,0,0,0,0,0").Single();

        new[] { row.ActionUnits[0], row.ActionUnits[1], row.ActionUnits[2], row.ActionUnits[3], row.ActionUnits[4], row.ActionUnits[5] }
            .Should().Equal(null, false, true, null, false, true);
        row.ActionUnits.KnownCount.Should().Be(10);
    }

    [Theory]
    [InlineData("0.5,-5")]
    [InlineData("-5.0,0.5")]
    public void Valence_without_arousal_is_no_label(string affect)
    {
        Read(Short + $"a.jpg,{affect},1,0,0,0,0,0,0,0,0,0,0,0,0").Single().ValenceArousal.Should().BeNull();
    }

    [Theory]
    [InlineData("image,valence,arousal,expression,aus")]
    [InlineData("image")]
    [InlineData(Full)]
    public void A_list_of_images_has_rows_without_labels(string header)
    {
        AnnotationSet set = Read(header + "\nv/00001.jpg\n\nv/00002.jpg  \n");

        set.Select(row => row.Image).Should().Equal("v/00001.jpg", "v/00002.jpg");
        set.Should().OnlyContain(row => row.ValenceArousal == null && row.Expression == null && !row.ActionUnits.AnyKnown);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    [InlineData("  \n\n \t\n")]
    public void Line_ends_blank_lines_and_a_byte_order_mark_do_not_matter(string end)
    {
        string text = "\uFEFFImage, Valence,arousal,expression,AUs" + end + "a.jpg,0.1,0.2,0,0,0,0,0,0,0,0,0,0,0,0,0" + end +
            "b.jpg,0.1,0.2,7,0,0,0,0,0,0,0,0,0,0,0,0" +
            end;

        Read(text).Select(row => row.Expression).Should().Equal(0, 7);
    }

    [Fact]
    public void Further_named_columns_become_extra_columns()
    {
        AnnotationSet set = Read(
            Full + ",age,pain\na.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,31.5,\nb.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,nan,2\n");

        set.ExtraColumns.Should().Equal("age", "pain");
        set[0].Extra.ToArray().Should().Equal(31.5f, float.NaN);
        set[1].Extra.ToArray().Should().Equal(float.NaN, 2f);
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        NumberFormatInfo commas = new() { NumberDecimalSeparator = ",", NegativeSign = "~" };
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = commas };
        try
        {
            AnnotationSet set = Read(Short + "a.jpg,-0.25,0.5,-1,-1,0,0,0,0,0,0,0,0,0,0,0");
            set[0].ValenceArousal.Should().Be(new ValenceArousal(-0.25f, 0.5f));
            StringWriter written = new(CultureInfo.CurrentCulture);
            set.Write(written);
            written.ToString().Should().Be(Full + "\na.jpg,-0.25,0.5,-1,-1,0,0,0,0,0,0,0,0,0,0,0\n");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("a.jpg,1.3,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "1.3", "*valence is 1.3*-5*")]
    [InlineData("a.jpg,0,-1.5,0,0,0,0,0,0,0,0,0,0,0,0,0", "-1.5", "*arousal is -1.5*")]
    [InlineData("a.jpg,0,0,8,0,0,0,0,0,0,0,0,0,0,0,0", "8", "*expression is 8, expected 0 to 7*")]
    [InlineData("a.jpg,0,0,-2,0,0,0,0,0,0,0,0,0,0,0,0", "-2", "*expression is -2*")]
    [InlineData("a.jpg,0,0,1.5,0,0,0,0,0,0,0,0,0,0,0,0", "1.5", "*expression is 1.5*")]
    [InlineData("a.jpg,0,0,0,2,0,0,0,0,0,0,0,0,0,0,0", "2", "*AU1 is 2*")]
    [InlineData("a.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.5", "0.5", "*AU26 is 0.5*")]
    [InlineData("a.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-5", "-5", "*AU26 is -5*")]
    [InlineData("a.jpg,x,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "x", "*valence is 'x'*not a number*")]
    [InlineData("a.jpg,nan,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "nan", "*valence is 'nan'*")]
    [InlineData("a.jpg,0,Infinity,0,0,0,0,0,0,0,0,0,0,0,0,0", "Infinity", "*arousal is Infinity*")]
    [InlineData("a.jpg,0,,0,0,0,0,0,0,0,0,0,0,0,0,0", "", "*arousal is ''*")]
    [InlineData("a.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,", "", "*AU26 is ''*")]
    [InlineData("a.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0", null, "*15 fields, expected 16*")]
    [InlineData("a.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", null, "*17 fields, expected 16*")]
    [InlineData("a.jpg", null, "*1 field, expected 16*")]
    [InlineData(",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", null, "*image name is empty*")]
    [InlineData("ok.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "ok.jpg", "*'ok.jpg' was annotated on line 2 already*")]
    public void A_faulty_row_is_named_with_file_line_and_value(string line, string? value, string message)
    {
        Action read = () => Read(Short + "ok.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\r\n\n" + line);

        AnnotationFormatException fault = read.Should().Throw<AnnotationFormatException>().WithMessage("train.txt, line 4: " + message)
            .Which;
        (fault.FileName, fault.LineNumber).Should().Be(("train.txt", 4));
        if (value is not null)
        {
            fault.Value.Should().Be(value);
        }
    }

    [Fact]
    public void A_labelled_row_in_a_list_of_images_is_a_fault()
    {
        Action read = () => Read(Short + "a.jpg\nb.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0");

        read.Should().Throw<AnnotationFormatException>().WithMessage("train.txt, line 3:*16 fields, expected 1,*line 2*");
    }

    [Theory]
    [InlineData("", "*the file is empty*")]
    [InlineData("\n \n", "*the file is empty*")]
    [InlineData("a.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "*line 1: the header is missing*")]
    [InlineData("image,arousal,valence,expression,aus", "*neither*nor*AU1,AU2*")]
    [InlineData(Full + ",age,AGE", "*'AGE' has the name of another column*")]
    [InlineData(Full + ",", "*an extra column has no name*")]
    public void A_faulty_header_is_told(string text, string message)
    {
        Action read = () => Read(text);

        read.Should().Throw<AnnotationFormatException>().WithMessage(message);
    }

    [Fact]
    public void Other_class_sets_and_repeated_images_are_options()
    {
        string rows = Short + "a.jpg,0,0,5,0,0,0,0,0,0,0,0,0,0,0,0\na.jpg,0,0,{0},0,0,0,0,0,0,0,0,0,0,0,0";
        AnnotationFileOptions options = new() { ExpressionClasses = ExpressionClassSet.SyntheticData, AllowRepeatedImages = true };

        Read(rows.Replace("{0}", "1", StringComparison.Ordinal), options).Select(row => row.Expression).Should().Equal(5, 1);
        Action read = () => Read(rows.Replace("{0}", "6", StringComparison.Ordinal), options);
        read.Should().Throw<AnnotationFormatException>().WithMessage("*expression is 6, expected 0 to 5 (Anger*");
    }

    [Fact]
    public void Text_that_is_neither_utf8_nor_utf16_is_a_format_fault()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("latin1.txt");
        File.WriteAllText(path, Short + "caf\u00E9.jpg", System.Text.Encoding.Latin1);

        Action load = () => AnnotationSet.Load(path);

        AnnotationFormatException fault = load.Should().Throw<AnnotationFormatException>()
            .WithMessage("*latin1.txt, line 2: *E9*UTF-8*").Which;
        (fault.LineNumber, fault.Value).Should().Be((2, "E9"));
    }

    [Fact]
    public void A_name_that_no_line_can_hold_is_refused_and_leaves_the_old_file()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("train.txt");
        File.WriteAllText(path, "old");
        AnnotationSet set = new([new("a.jpg", null, null, default), new("b\nc.jpg", null, null, default)]);

        Action save = () => set.Save(path);

        save.Should().Throw<AnnotationFormatException>().WithMessage("*line 3*'b\\u000Ac.jpg'*line break*");
        File.ReadAllText(path).Should().Be("old");
        Directory.GetFiles(folder.Path).Should().Equal(path);
    }

    [Fact]
    public void Saving_replaces_and_loads_back()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("train.txt");
        File.WriteAllText(path, "old");
        AnnotationSet set = new(
            [new("v/1.jpg", new(0.1f, -1f), 3, ActionUnitLabels.Unknown.With(2, true)) { Extra = new[] { float.NaN } }], null, ["age"]);

        set.Save(path);

        File.ReadAllText(path).Should().Be(Full + ",age\nv/1.jpg,0.1,-1,3,-1,-1,1,-1,-1,-1,-1,-1,-1,-1,-1,-1,nan\n");
        AnnotationSet.Load(path)[0].ValenceArousal.Should().Be(new ValenceArousal(0.1f, -1f));
        Directory.GetFiles(folder.Path).Should().Equal(path);
    }
}
