using System.Globalization;
using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Tests.Submissions;

public class SubmissionTests
{
    private const string Header = "image,valence,arousal,expression,aus\n";

    private static readonly ActionUnitLabels None = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)false, 12)]);

    private static SubmissionRow Row(string image) => new(image, 0, 0, 0, None);

    private static Submission Read(string text) => Submission.Read(new StringReader(text), "out.txt");

    [Fact]
    public void It_is_written_as_the_challenge_asks()
    {
        StringWriter text = new(CultureInfo.InvariantCulture);

        new Submission([new("v/1.jpg", 1.5, -0.25, 7, None.With(0, true).With(11, true)), new("v/2.jpg", -7, 0.1f, 0, None)]).Write(
            text);

        text.ToString().Should().Be(Header + "v/1.jpg,1,-0.25,7,1,0,0,0,0,0,0,0,0,0,0,1\nv/2.jpg,-1,0.1,0,0,0,0,0,0,0,0,0,0,0,0,0\n");
    }

    [Fact]
    public void What_is_saved_is_loaded_back()
    {
        using TemporaryFolder folder = new();
        Gen.Select(Gen.Double[-1, 1], Gen.Double[-1, 1], Gen.Int[0, 7], Gen.Bool.Array[12], (v, a, expression, units) =>
            new SubmissionRow("", v, a, expression, ActionUnitLabels.From([.. units
                .Select(unit => (bool?)unit)]))).Array[0, 20].Sample(rows =>
        {
            Submission submission = new(rows.Select((row, i) => row with { Image = $"v/{i}.jpg" }));
            submission.Save(folder.File("out.txt"));
            Submission.Load(folder.File("out.txt")).Should().Equal(submission);
            Directory.GetFiles(folder.Path).Should().HaveCount(1);
        }, iter: 30, threads: 1);
    }

    [Theory]
    [InlineData("a,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "*15 fields, expected 16*")]
    [InlineData("a", "*1 fields*")]
    [InlineData("a,nan,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "*valence is 'nan'*")]
    [InlineData("a,0,-Infinity,0,0,0,0,0,0,0,0,0,0,0,0,0", "*arousal is -Infinity*")]
    [InlineData("a,0,0,-2,0,0,0,0,0,0,0,0,0,0,0,0", "*expression is -2, expected 0 to 7*")]
    [InlineData("a,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-2", "*AU26 is -2, expected 0 to 1*")]
    [InlineData("a,0,0,0,0.7,0,0,0,0,0,0,0,0,0,0,0", "*AU1 is 0.7*")]
    public void A_faulty_row_is_named(string line, string message)
    {
        Action read = () => Read(Header + line);

        read.Should().Throw<AnnotationFormatException>().WithMessage("out.txt, line 2: " + message);
    }

    [Fact]
    public void Any_text_is_read_or_is_a_format_fault() => Gen.Select(Gen.Bool, Gen.String[Gen.Char["a,01-.5e\n\r \t∞"], 0, 60])
        .Sample((withHeader, text) =>
            {
                try
                {
                    Read((withHeader ? Header : "") + text).Count.Should().BeGreaterThanOrEqualTo(0);
                }
                catch (AnnotationFormatException fault)
                {
                    fault.FileName.Should().Be("out.txt");
                }
            }, iter: 2000);

    [Fact]
    public void Names_must_match_exactly()
    {
        AnnotationSet truth = new(Enumerable.Range(0, 6).Select(i => new AnnotationRow($"{i}.jpg", null, 0, default)));

        Action score = () => AffectScorer.Score(truth, new Submission([Row("0.jpg"), Row("x.jpg"), Row("1.jpg"), Row("1.jpg")]));

        SubmissionMismatchException fault = score.Should().Throw<SubmissionMismatchException>()
            .WithMessage("*4 images missing (2.jpg, 3.jpg, 4.jpg, ...); 1 image not annotated (x.jpg); 1 image repeated (1.jpg)*").Which;
        fault.Missing.Should().Equal("2.jpg", "3.jpg", "4.jpg", "5.jpg");
        fault.Extra.Should().Equal("x.jpg");
        fault.Repeated.Should().Equal("1.jpg");
    }

    [Fact]
    public void Class_sets_must_match()
    {
        Action score = () => AffectScorer.Score(new AnnotationSet([], ExpressionClassSet.SyntheticData), new Submission([]));

        score.Should().Throw<ArgumentException>().WithMessage("*class set*");
    }

    [Fact]
    public void Rows_are_checked()
    {
        Action notFinite = () => _ = new Submission([Row("a") with { Arousal = double.NaN }]);
        notFinite.Should().Throw<ArgumentException>().WithMessage("Row 0 (a)*NaN*");
        Action expression = () => _ = new Submission([Row("a") with { Expression = 8 }]);
        expression.Should().Throw<ArgumentException>().WithMessage("Row 0 (a)*8*");
        Action units = () => _ = new Submission([Row("a") with { ActionUnits = None.With(3, null) }]);
        units.Should().Throw<ArgumentException>().WithMessage("Row 0 (a)*11*12*");
    }

    [Fact]
    public void A_failed_save_leaves_the_old_file_and_nothing_beside_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.txt");
        File.WriteAllText(path, "old");
        Action save = () => new Submission([.. Enumerable.Range(0, 5000).Select(i => Row($"{i}.jpg")), Row("a\nb")]).Save(path);
        save.Should().Throw<AnnotationFormatException>();
        File.ReadAllText(path).Should().Be("old");
        Directory.GetFiles(folder.Path).Should().Equal(path);

        Directory.CreateDirectory(folder.File("taken"));
        Action onto = () => new Submission([Row("a")]).Save(folder.File("taken"));
        onto.Should().Throw<Exception>().Which.Should().Match(e => e is IOException || e is UnauthorizedAccessException);
        Action nowhere = () => new Submission([Row("a")]).Save(folder.File("no/such/folder.txt"));
        nowhere.Should().Throw<DirectoryNotFoundException>();
        Directory.GetFiles(folder.Path).Should().Equal(path);
    }

    [UnixFact]
    public void A_device_is_written_to_and_not_replaced()
    {
        new Submission([Row("a")]).Save("/dev/null");

        File.ReadAllText("/dev/null").Should().BeEmpty();
    }
}
