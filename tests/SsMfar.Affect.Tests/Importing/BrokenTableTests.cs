using System.Text;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Tests.Importing;

/// <summary>Fifty ways in which a table can be wrong: each refused in one line that names the file and the place.</summary>
public sealed class BrokenTableTests
{
    // Of each: what is wrong, the table, the line at fault (0: the whole file) and what the message says.
    private static readonly (string What, string Table, int Line, string Says)[] Broken =
    [
        ("nothing", "", 0, "empty"),
        ("blank lines alone", "\n \n", 0, "empty"),
        ("no header", "1.jpg,Fear,0.5,1\n2.jpg,Fear,0.5,1\n", 1, "no column 'image'"),
        ("a column missing", "image,expression,valence\n1.jpg,Fear,0.5\n", 1, "no column 'unit'"),
        ("a column misspelt", "image,expresion,valence,unit\n1.jpg,Fear,0.5,1\n", 1, "'expresion'"),
        ("a column twice", "image,expression,valence,unit,Image\n", 1, "2 columns are named 'image'"),
        ("columns alike but for Unicode", "image,expression,valence,unit,e\u0301,UNIT\n", 1, "2 columns are named 'unit'"),
        ("another delimiter than between names", "image;expression,valence,unit\n1.jpg;Fear,0.5,1\n", 1, "no column"),
        ("a blank as delimiter", "image expression valence unit\n1.jpg Fear 0.5 1\n", 1, "no column 'image'"),
        ("a short row", Rows("2.jpg,Fear,0.5"), 3, "3 fields, and the header has 4"),
        ("a long row", Rows("2.jpg,Fear,0.5,1,"), 3, "5 fields, and the header has 4"),
        ("a row of one field", Rows("2.jpg"), 3, "1 field, and the header has 4"),
        ("decimal commas between commas", Rows("2.jpg,Fear,0,5,1"), 3, "5 fields"),
        ("an open quote", Rows("\"2.jpg,Fear,0.5,1\n3.jpg,Fear,0.5,1"), 3, "quotes neither enclose the field"),
        ("an open quote over the rest", Rows("2.jpg,Fear,0.5,\"1\n3.jpg,Fear,0.5,1"), 3, "quotes neither enclose the field"),
        ("text after a closing quote", Rows("\"2\".jpg,Fear,0.5,1"), 3, "quotes neither enclose the field"),
        ("a quote within a quoted name", Rows("\"2\"\"\"a.jpg\",Fear,0.5,1"), 3, "quotes neither enclose the field"),
        ("an open quote in the header", "image,expression,valence,\"unit\n1.jpg,Fear,0.5,1\n", 1, "quotes neither enclose the field"),
        ("a line break in a name", Rows("\"2\n.jpg\",Fear,0.5,1"), 3, "line break"),
        ("a NUL in a name", Rows("2\0.jpg,Fear,0.5,1"), 3, "NUL"),
        ("an empty name", Rows(",Fear,0.5,1"), 3, "image name is empty"),
        ("a blank name", Rows("  ,Fear,0.5,1"), 3, "image name is empty"),
        ("a name that leaves", Rows("../2.jpg,Fear,0.5,1"), 3, "'..'"),
        ("a name that leaves by backslashes", Rows("v\\..\\..\\2.jpg,Fear,0.5,1"), 3, "'..'"),
        ("a full path", Rows("/data/2.jpg,Fear,0.5,1"), 3, "full path"),
        ("a Windows path", Rows("D:\\faces\\2.jpg,Fear,0.5,1"), 3, "full path"),
        ("a network path", Rows("\\\\server\\faces\\2.jpg,Fear,0.5,1"), 3, "full path"),
        ("a repeated image", Rows("1.jpg,Fear,0.5,1"), 3, "on line 2 already"),
        ("a repeated image spelled otherwise", Rows(".\\1.jpg,Sadness,0.5,1"), 3, "on line 2 already"),
        ("an unknown class", Rows("2.jpg,Joy,0.5,1"), 3, "'Joy'"),
        ("a class of another language", Rows("2.jpg,\u00C4rger,0.5,1"), 3, "'\u00C4rger'"),
        ("a number for a class", Rows("2.jpg,3,0.5,1"), 3, "which class it stands for is not said"),
        ("a decimal for a class", Rows("2.jpg,3.0,0.5,1"), 3, "which class it stands for is not said"),
        ("an unknown mark that was not declared", Rows("2.jpg,?,0.5,1"), 3, "'?'"),
        ("-1 for a class, not declared", Rows("2.jpg,-1,0.5,1"), 3, "which class it stands for is not said"),
        ("a word for valence", Rows("2.jpg,Fear,much,1"), 3, "'much'"),
        ("nan, not declared", Rows("2.jpg,Fear,nan,1"), 3, "'nan'"),
        ("infinity", Rows("2.jpg,Fear,Infinity,1"), 3, "'Infinity'"),
        ("1e999", Rows("2.jpg,Fear,1e999,1"), 3, "'1e999'"),
        ("valence out of range", Rows("2.jpg,Fear,7,1"), 3, "outside -1 to 1"),
        ("-5, not declared", Rows("2.jpg,Fear,-5,1"), 3, "outside -1 to 1"),
        ("separators of thousands", Rows("2.jpg,Fear,\"1,000.5\",1"), 3, "decimal separator"),
        ("commas and points", Rows("2.jpg,Fear,\"0,5\",1"), 3, "decimal separator"),
        ("a decimal comma after a point", Rows("2.jpg,Fear,0.25,1\n3.jpg,Fear,\"-0,25\",0"), 4, "decimal separator"),
        ("a percent", Rows("2.jpg,Fear,50%,1"), 3, "'50%'"),
        ("a unit above 1", Rows("2.jpg,Fear,0.5,2"), 3, "no presence"),
        ("a unit by a word", Rows("2.jpg,Fear,0.5,yes"), 3, "'yes'"),
        ("a unit between", Rows("2.jpg,Fear,0.5,0.5"), 3, "no presence"),
        ("-1 for a unit, not declared", Rows("2.jpg,Fear,0.5,-1"), 3, "no presence"),
        ("another table pasted below", Rows("image,expression,valence,unit"), 3, "'expression'"),
        ("a remark", Rows("# checked until here"), 3, "1 field"),
        ("a total below", Rows("\n,,0.5,1"), 4, "image name is empty"),
        ("a letter where a digit was", Rows("2.jpg,Fear,O.5,1"), 3, "'O.5'"),
        ("two signs", Rows("2.jpg,Fear,--0.5,1"), 3, "'--0.5'"),
    ];

    public static TheoryData<string> Cases => [.. Broken.Select(variant => variant.What)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_table_that_is_wrong_is_refused_in_one_line(string what)
    {
        (_, string table, int line, string says) = Broken.Single(variant => variant.What == what);

        AnnotationFormatException fault = FluentActions.Invoking(() => AnnotationImport.Read(Encoding.UTF8.GetBytes(table), "labels.csv",
            AnnotationImportTests.Map("image=image", "expression=expression", "valence=valence", "AU12=unit"))).Should()
            .Throw<AnnotationFormatException>().Which;

        (fault.FileName, fault.LineNumber).Should().Be(("labels.csv", line), fault.Message);
        fault.Message.Should().Contain(says).And.NotContainAny("\n", "\r", "\0");
        fault.Remedy.Should().NotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("2.jpg,-1,0.5,1", "Neutral,Fear")]
    [InlineData("2.jpg,-2,0.5,1", "Neutral,Fear")]
    [InlineData("2.jpg,-1,0.5,1", null)]
    [InlineData("2.jpg,Fear,-5,1", null)]
    [InlineData("2.jpg,Fear,0.5,-1", null)]
    public void A_number_that_may_mean_unknown_can_be_said_to(string row, string? classes)
    {
        TableDescription description = AnnotationImportTests.Map(
            "image=image", "expression=expression", "valence=valence", "AU12=unit");
        description.ExpressionClasses = classes is null ? null : new(classes.Split(','));
        byte[] table = Encoding.UTF8.GetBytes(Rows(row));

        FluentActions.Invoking(() => AnnotationImport.Read(table, "labels.csv", description)).Should().Throw<AnnotationFormatException>()
            .Which.Remedy.Should().Contain("TableDescription.UnknownMarks").And.NotContain("-1 where");
        description.UnknownMarks.Add("-2");
        description.UnknownMarks.Add("-5");
        description.ColumnUnknownMarks["expression"] = ["-1"];
        description.ColumnUnknownMarks["AU12"] = ["-1"];
        AnnotationImport.Read(table, "labels.csv", description).Annotations.Count.Should().Be(2);
    }

    [Theory]
    [InlineData("image,note,expression\n1.jpg,5'10\",Fear\n2.jpg,5'9\",Sadness\n", 2)]
    [InlineData("image,note,expression\n1.jpg,x,Fear\n2.jpg,5'10\",Fear\n3.jpg,x,Fear\n4.jpg,5'9\",Fear\n", 3)]
    [InlineData("image,expression,note\n1.jpg,Fear,5'10\"\n2.jpg,Fear,x\n3.jpg,Fear,x\n", 2)]
    [InlineData("image,expression,note\n1.jpg,Fear,x\n2.jpg,Fear,\"x\n3.jpg,Fear,x\n", 3)]
    [InlineData("image,expression,note\n1.jpg,Fear,\"x\ny\"\n2.jpg,Fear,\"x", 4)]
    [InlineData("image,note,expression\r1.jpg,x,Fear\r2.jpg,\"x\" y,Fear\r", 3)]
    [InlineData("image,note,\"expression\n1.jpg,x,Fear\n", 1)]
    [InlineData("image,note\",expression\n1.jpg,5'9\",Fear\n", 1)]
    public void A_quote_that_hides_the_rows_after_it_is_refused_in_any_column(string table, int line) => FluentActions
        .Invoking(() => AnnotationImport.Read(
            Encoding.UTF8.GetBytes(table), "labels.csv", AnnotationImportTests.Map("image=image", "expression=expression")))
        .Should().Throw<AnnotationFormatException>().Which.LineNumber.Should().Be(line);

    [Theory]
    [InlineData("1.jpg,Fear,\"5'10\"\", two\nlines\"\n2.jpg,Sadness,\"\"\n")]
    [InlineData("1.jpg,Fear,5'10\" or 5'11\"\n2.jpg,Sadness,5'9\"")]
    [InlineData("1.jpg,Fear,5'10\" or 5'11\"\n2.jpg,Sadness,5'9\"\n")]
    [InlineData(" \"1.jpg\" ,\" Fear\",\t\"a, b\" \n2.jpg,\"Sadness\",say \"x\"\n")]
    public void Quotes_that_hide_nothing_are_read(string rows)
    {
        AnnotationSet set = AnnotationImport.Read(
            Encoding.UTF8.GetBytes("image,expression,note\n" + rows), "labels.csv",
            AnnotationImportTests.Map("image=image", "expression=expression")).Annotations;

        set.Select(row => (row.Image, row.Expression)).Should().Equal(("1.jpg", 3), ("2.jpg", 5));
    }

    [Theory]
    [InlineData("image,expression,note\n1.jpg,Fear,x\n2.jpg,Fear,\"", 3)]
    [InlineData("image,expression,\"", 1)]
    public void A_quote_that_hides_more_than_a_reader_holds_is_refused(string table, int line)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(table), .. Enumerable.Repeat((byte)'\n', 1 << 25)];

        FluentActions.Invoking(() => AnnotationImport.Read(
            bytes, "labels.csv", AnnotationImportTests.Map("image=image", "expression=expression"))).Should()
            .Throw<AnnotationFormatException>().WithMessage($"labels.csv, line {line}: the row*longer than can be read*");
    }

    [Fact]
    public void There_are_fifty() => Broken.Should().HaveCountGreaterThanOrEqualTo(50);

    [Theory]
    [InlineData("utf-32")]
    [InlineData("latin1")]
    public void Encodings_that_cannot_be_told_are_refused(string encoding)
    {
        byte[] table = Encoding.GetEncoding(encoding).GetBytes("image;valence\nB\u00E4r.jpg;0\n");

        FluentActions.Invoking(() => AnnotationImport.Read(table, "labels.csv", AnnotationImportTests.Map("image=image",
            "valence=valence")))
            .Should().Throw<AnnotationFormatException>().WithMessage("labels.csv*").Which.Message.Should().NotContain("\0");
    }

    private static string Rows(string second) => $"image,expression,valence,unit\n1.jpg,Fear,0.5,1\n{second}\n";
}
