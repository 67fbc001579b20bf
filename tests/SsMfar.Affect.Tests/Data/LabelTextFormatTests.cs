using System.Globalization;
using System.Text;
using CsCheck;
using SsMfar.Data;
using SsMfar.Postprocessing;
using SsMfar.Submissions;

namespace SsMfar.Tests.Data;

/// <summary>Quotes as of RFC 4180, encodings, and characters that no name has.</summary>
public sealed class LabelTextFormatTests
{
    private const string Header = "image,valence,arousal,expression,aus\n";
    private const string Labels = ",0.25,0.31,4,0,0,0,1,1,1,1,0,0,0,1,0\n";

    // No '/' and no '.' alone: spellings are another matter.
    private static readonly Gen<string> Name = Gen.String[Gen.Char["ab,\"' é;\t#"], 1, 8];

    [Theory]
    [InlineData("\"video45_1/00001.jpg\"", "video45_1/00001.jpg")]
    [InlineData("  \"v/1.jpg\"\t", "v/1.jpg")]
    [InlineData("\"a,b.jpg\"", "a,b.jpg")]
    [InlineData("\"say \"\"cheese\"\".jpg\"", "say \"cheese\".jpg")]
    [InlineData("\" blanks .jpg \"", " blanks .jpg ")]
    [InlineData("in\"side.jpg", "in\"side.jpg")]
    [InlineData("\"\"\"\"", "\"")]
    public void Quotes_are_read(string field, string name)
    {
        string quotedNumbers = Labels.Replace("0.25", "\"0.25\"", StringComparison.Ordinal);

        AnnotationRow row = Read($"{Header}{field}{quotedNumbers}").Single();

        (row.Image, row.ValenceArousal, row.ActionUnits.KnownCount).Should().Be((name, new ValenceArousal(0.25f, 0.31f), 12));
        Submission.Read(new StringReader($"{Header}{field}{Labels}"))[0].Image.Should().Be(name);
        Read($"image\n{field}\n").Single().Image.Should().Be(name);
    }

    [Fact]
    public void A_header_in_quotes_is_read()
    {
        string header = string.Join(',', LabelHeader.Full.Split(',').Append("pain, now").Select(column => $"\"{column}\""));

        AnnotationSet set = Read($"{header}\n\"v/1.jpg\",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,\"2.5\"\n");

        set.ExtraColumns.Should().Equal("pain, now");
        set[0].Extra.ToArray().Should().Equal(2.5f);
        Read(Header.Replace("image", "\"image\"", StringComparison.Ordinal) + "v/1.jpg" + Labels).Count.Should().Be(1);
    }

    [Theory]
    [InlineData("\"v/1.jpg", "*line 2: the quote that begins*is not closed on this line*")]
    [InlineData("\"v/1\".jpg", "*line 2: text follows the closing quote*")]
    [InlineData("\"v/1.jpg\"\"", "*line 2: the quote that begins*is not closed*")]
    [InlineData("v,1.jpg", "*line 2: the row has 17 fields*double quotes*")]
    [InlineData("\"\"", "*line 2: the image name is empty*")]
    public void Quotes_that_are_wrong_are_named(string field, string message) =>
        FluentActions.Invoking(() => Read($"{Header}{field}{Labels}")).Should().Throw<AnnotationFormatException>().WithMessage(message);

    [Fact]
    public void Every_name_of_one_line_is_written_and_read_back_in_annotations_submissions_and_tables() => Name.Array[1, 6]
        .Sample(names =>
            {
                string[] distinct = [.. names.Distinct()];
                AnnotationSet set = new(
            distinct.Select(name => new AnnotationRow(name, null, 2, default) { Extra = new[] { 1f } }),
            null,
            ["a \"b\", c"]);
                AnnotationSet read = Read(Written(set.Write));
                read.Select(row => row.Image).Should().Equal(distinct);
                read.ExtraColumns.Should().Equal(set.ExtraColumns);

                Submission submission = new(
            distinct.Select(name => new SubmissionRow(name, 0.5, -0.5, 1, ActionUnitLabels.FromMasks(4095, 5))));
                Submission.Read(new StringReader(Written(submission.Write))).Should().Equal(submission);

                PredictionTable table = PredictionTable.FromSubmission(new(submission, new("with, comma", "with \"quotes\"")));
                PredictionTable back = PredictionTable.Read(new StringReader(Written(table.Write)));
                back.Images.Should().Equal(distinct);
                back.ExpressionClasses.Should().Be(table.ExpressionClasses);
                Written(back.Write).Should().Be(Written(table.Write));
            }, iter: 300);

    [Fact]
    public void A_name_that_needs_no_quotes_is_written_without()
    {
        AnnotationSet set = new([new("video45_1/00001.jpg", null, null, default), new("it's.jpg", null, null, default)]);

        Written(set.Write).Should().NotContain("\"").And.Contain("\nvideo45_1/00001.jpg,-5,").And.Contain("\nit's.jpg,");
    }

    public static TheoryData<string, byte[]> Encodings => new()
    {
        { "UTF-8", [] },
        { "UTF-8", [0xEF, 0xBB, 0xBF] },
        { "UTF-16", [] },
        { "UTF-16", [0xFF, 0xFE] },
        { "UTF-16BE", [] },
        { "UTF-16BE", [0xFE, 0xFF] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Utf8_and_utf16_are_read_with_a_byte_order_mark_and_without(string encoding, byte[] mark)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("labels.txt");
        File.WriteAllBytes(path, [.. mark, .. Encoding.GetEncoding(encoding).GetBytes($"{Header}caf\u00E9/1.jpg{Labels}")]);

        AnnotationSet.Load(path).Single().Image.Should().Be("caf\u00E9/1.jpg");
        Submission.Load(path).Single().Image.Should().Be("caf\u00E9/1.jpg");
    }

    [Theory]
    [InlineData("utf-32")]
    [InlineData("utf-16", 7)]
    public void Other_encodings_and_cut_text_are_refused_in_words_that_can_be_printed(string encoding, int cut = 0)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("labels.txt");
        byte[] bytes = Encoding.GetEncoding(encoding).GetBytes($"{Header}v/1.jpg{Labels}");
        File.WriteAllBytes(path, bytes[..^cut]);

        string message = FluentActions.Invoking(() => AnnotationSet.Load(path)).Should().Throw<AnnotationFormatException>().Which.Message;

        message.Should().Contain("UTF-8").And.NotContain("\0");
    }

    [Theory]
    [InlineData("vi\0deo/1.jpg")]
    [InlineData("\0")]
    [InlineData("v/1.jpg\0")]
    public void A_nul_is_refused_with_its_line_and_shown(string name)
    {
        string text = $"{Header}v/0.jpg{Labels}\n{name}{Labels}";

        string message = FluentActions.Invoking(() => Read(text)).Should().Throw<AnnotationFormatException>().Which.Message;

        message.Should().StartWith("train.txt, line 4: ").And.Contain("\\u0000").And.Contain("NUL").And.NotContain("\0");
        FluentActions.Invoking(() => Submission.Read(new StringReader(text), "s.txt")).Should().Throw<AnnotationFormatException>()
            .WithMessage("s.txt, line 4:*NUL*");
        FluentActions.Invoking(() => new AnnotationSet([new(name, null, null, default)])).Should().Throw<ArgumentException>()
            .WithMessage("Row 0: *NUL*");
    }

    [Fact]
    public void A_nul_in_a_header_is_refused() =>
        FluentActions.Invoking(() => Read($"{LabelHeader.Full},pa\0in\n")).Should().Throw<AnnotationFormatException>()
            .WithMessage("train.txt, line 1:*pa\\u0000in*NUL*");

    [Fact]
    public void Control_characters_of_a_file_do_not_reach_the_reader_of_a_message() =>
        FluentActions.Invoking(() => Read($"{Header}\u001B[2Jv.jpg,0,0\n")).Should().Throw<AnnotationFormatException>()
            .Which.Message.Should().Contain("\\u001B[2Jv.jpg").And.NotContain("\u001B");

    private static AnnotationSet Read(string text) => AnnotationSet.Read(new StringReader(text), "train.txt");

    private static string Written(Action<TextWriter> write)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        write(text);
        return text.ToString();
    }
}
