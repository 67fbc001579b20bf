using CsCheck;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Submissions;

namespace SsMfar.Tests.Data;

/// <summary>One image, one name, however a file or a caller spells it.</summary>
public sealed class ImageNameTests
{
    private const string Header = "image,valence,arousal,expression,aus\n";
    private const string Labels = ",0.25,0.31,4,0,0,0,1,1,1,1,0,0,0,1,0\n";

    private static readonly Gen<string> Parts = Gen.OneOf(
        Gen.Const("v"),
        Gen.Const("."),
        Gen.Const("a.b"),
        Gen.Const(".c"),
        Gen.Const(""),
        Gen.Const("1.jpg"));

    private static readonly Gen<string> Separator = Gen.OneOf(
        Gen.Const("/"),
        Gen.Const("\\"),
        Gen.Const("//"),
        Gen.Const("/./"),
        Gen.Const("\\.\\"));

    [Theory]
    [InlineData("video45_1\\00001.jpg")]
    [InlineData("./video45_1/00001.jpg")]
    [InlineData(".\\video45_1\\00001.jpg")]
    [InlineData("video45_1//00001.jpg")]
    [InlineData("video45_1/./00001.jpg")]
    [InlineData("\"video45_1/00001.jpg\"")]
    public void An_image_spelled_twice_in_a_file_is_a_repeat(string spelling)
    {
        Action read = () => Read($"{Header}video45_1/00001.jpg{Labels}video45_1/00002.jpg{Labels}{spelling}{Labels}");

        read.Should().Throw<AnnotationFormatException>()
            .WithMessage("train.txt, line 4: the image 'video45_1/00001.jpg' was annotated on line 2 already*");
    }

    [Theory]
    [InlineData("v/1.jpg", "v/1.jpg")]
    [InlineData("v\\1.jpg", "v/1.jpg")]
    [InlineData("././v///1.jpg", "v/1.jpg")]
    [InlineData("v/.1.jpg", "v/.1.jpg")]
    [InlineData(".v/1..jpg", ".v/1..jpg")]
    [InlineData("v/", "v")]
    public void Names_have_one_spelling_wherever_they_come_from(string spelling, string name)
    {
        Read($"{Header}{spelling}{Labels}")[0].Image.Should().Be(name);
        new AnnotationSet([new(spelling, null, null, default)])[0].Image.Should().Be(name);
        new AnnotationSet([new("1.jpg", null, null, default)]).WithImagePrefix(spelling)[0].Image.Should().Be(name + "/1.jpg");
        Submission submission = Submission.Read(new StringReader($"{Header}{spelling}{Labels}"));
        submission[0].Image.Should().Be(name);
        PredictionTable table = PredictionTable.FromSubmission(submission);
        table.Images.Should().Equal(name);
        table.Fill([spelling], out var filled).Images.Should().Equal(name);
        filled.Should().BeEmpty();
        ImageGroups.Video(spelling).Should().Be(ImageGroups.Video(name));
        ImageGroups.Identity(spelling).Should().Be(ImageGroups.Identity(name));
        VideoFrame.Of(spelling).Should().Be(VideoFrame.Of(name));
    }

    [Fact]
    public void Labels_of_one_image_that_contradict_each_other_are_found_under_any_spelling()
    {
        AnnotationSet one = new([new("v/1.jpg", null, 1, default)]);
        AnnotationSet other = new([new("v\\1.jpg", null, 2, default)]);

        FluentActions.Invoking(() => AnnotationSet.Merge(one, other)).Should().Throw<ArgumentException>()
            .WithMessage("*v/1.jpg contradict*expression*");
        AnnotationSet.Merge(one, new AnnotationSet([new("./v/1.jpg", new(0.5f, 0), null, default)])).Single().Should()
            .Be(new AnnotationRow("v/1.jpg", new(0.5f, 0), 1, default));
    }

    [Fact]
    public void No_video_lands_on_both_sides_of_a_split_because_of_its_spelling()
    {
        string[] spellings = ["video{0}/1.jpg", "video{0}\\2.jpg", "./video{0}/3.jpg", ".\\video{0}\\4.jpg", "video{0}//5.jpg"];
        AnnotationSet set = new(Enumerable.Range(0, 40).SelectMany(video => spellings.Select(
            spelling => new AnnotationRow(spelling.Replace("{0}", $"{video}", StringComparison.Ordinal), null, 0, default))));

        (AnnotationSet training, AnnotationSet validation) = set.Split(0.4, seed: 3);

        string[] videos = [.. validation.Select(row => ImageGroups.Video(row.Image)).Distinct()];
        videos.Should().HaveCount(16);
        training.Select(row => ImageGroups.Video(row.Image)).Should().NotIntersectWith(videos);
    }

    [Fact]
    public void Predictions_are_found_under_any_spelling()
    {
        AnnotationSet truth = Read($"{Header}v/1.jpg{Labels}v/2.jpg{Labels}");
        Submission predictions = Submission.Read(new StringReader($"{Header}v\\2.jpg{Labels}./v/1.jpg{Labels}"));

        predictions.MatchTo(truth).Should().Equal(1, 0);
        AffectScorer.Score(truth, predictions).ActionUnits.Should().NotBeNull();
    }

    [Theory]
    [InlineData("../1.jpg", "*'../1.jpg' has '..'*")]
    [InlineData("v\\..\\1.jpg", "*'v/../1.jpg' has '..'*")]
    [InlineData("v/..", "*has '..'*")]
    [InlineData("./", "*name is empty*")]
    public void Names_that_leave_their_folder_are_refused_where_they_are_read(string name, string message)
    {
        FluentActions.Invoking(() => Read($"{Header}{name}{Labels}")).Should().Throw<AnnotationFormatException>()
            .WithMessage("train.txt, line 2: " + message);
        FluentActions.Invoking(() => Submission.Read(new StringReader($"{Header}{name}{Labels}"))).Should()
            .Throw<AnnotationFormatException>()
            .WithMessage(message);
        FluentActions.Invoking(() => new AnnotationSet([new(name, null, null, default)])).Should().Throw<ArgumentException>()
            .WithMessage("Row 0: " + message);
        FluentActions.Invoking(() => new Submission([new(name, 0, 0, 0, ActionUnitLabels.FromMasks(4095, 0))]))
            .Should().Throw<ArgumentException>().WithMessage("Row 0: " + message);
    }

    [Theory]
    [InlineData("../v", "*'..'*")]
    [InlineData("/v", "the folder '/v/' is a full path*")]
    [InlineData("C:\\v", "the folder 'C:/v/' is a full path*")]
    [InlineData("/", "the folder '//' is a full path*")]
    public void A_prefix_that_leaves_the_folder_is_refused(string prefix, string message) =>
        new AnnotationSet([new("1.jpg", null, null, default)]).Invoking(set => set.WithImagePrefix(prefix)).Should()
            .Throw<ArgumentException>()
            .WithMessage(message);

    [Fact]
    public void The_spelling_is_the_same_when_spelled_again_and_whatever_separates_the_parts() =>
        Gen.Select(Parts.Array[1, 6], Separator.Array[6]).Sample((parts, separators) =>
        {
            string spelled = string.Concat(parts.SelectMany((part, i) => new[] { i == 0 ? "" : separators[i - 1], part }));
            string name = ImageName.Normalize(spelled);
            ImageName.Normalize(name).Should().Be(name);
            string[] kept = [.. parts.Where(part => part is not ("" or "."))];
            name.TrimStart('/').Should().Be(string.Join('/', kept));
            name.StartsWith('/').Should().Be(spelled.Length > 0 && spelled[0] is '/' or '\\');
        });

    [Fact]
    public void Names_that_differ_in_their_unicode_form_alone_are_told_apart_where_predictions_do_not_match()
    {
        AnnotationSet truth = Read($"{Header}caf\u00E9/1.jpg{Labels}");
        Submission predictions = Submission.Read(new StringReader($"{Header}cafe\u0301/1.jpg{Labels}"));

        predictions.Invoking(p => p.MatchTo(truth)).Should().Throw<SubmissionMismatchException>()
            .WithMessage(
                "*Of the missing, 1 differs from a predicted name in Unicode form alone*composed Unicode (NFC)*decomposed Unicode (NFD)*");
        Submission other = Submission.Read(new StringReader($"{Header}cafe/1.jpg{Labels}"));
        other.Invoking(p => p.MatchTo(truth)).Should().Throw<SubmissionMismatchException>().Which.Message.Should().NotContain("Unicode");
    }

    private static AnnotationSet Read(string text) => AnnotationSet.Read(new StringReader(text), "train.txt");
}
