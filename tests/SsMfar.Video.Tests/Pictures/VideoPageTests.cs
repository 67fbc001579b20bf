using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>The page of a video, as a browser reads it, and marked frames.</summary>
public sealed class VideoPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_shows_each_track_and_needs_nothing_beside_itself()
    {
        IDocument page = Page("a <clip> & more.mp4", () => Frames(90), illustrate: true);

        page.Title.Should().Be("a <clip> & more.mp4");
        page.QuerySelectorAll("section h2").Select(head => head.TextContent).Should().Equal("Track 0", "Track 1");
        page.Body!.TextContent.Should().Contain("90 frames in 0:02, 89 with a face, 0 not read; 2 tracks.").And.Contain("not an identity");
        page.QuerySelectorAll("section").Should().OnlyContain(section => section.QuerySelectorAll("path").Length == 2
            && section.QuerySelectorAll("rect.u").Length > 10 && section.QuerySelectorAll("rect.c4").Length > 0);
        page.QuerySelectorAll("section svg text").Select(text => text.TextContent).Should().Contain(["AU1", "AU26", "expression", "0:02"]);
        IElement[] pictures = [.. page.QuerySelectorAll("img")];
        pictures.Should().HaveCountGreaterThan(3);
        pictures.Select(picture => picture.GetAttribute("alt")).Should().Contain(["Happiness", "highest valence"]);
        foreach (IElement picture in pictures)
        {
            using SKBitmap bitmap = SKBitmap.Decode(Convert.FromBase64String(picture.GetAttribute("src")!.Split("base64,")[1]));
            Math.Max(bitmap.Width, bitmap.Height).Should().BeInRange(100, 112);
        }

        page.QuerySelectorAll("script, link, iframe").Should().BeEmpty();
        page.DocumentElement.OuterHtml.Should().NotContain("http://").And.NotContain("https://").And.Contain("default-src 'none'");
    }

    [Fact]
    public void The_pictures_are_those_of_the_frames_that_show_something_most()
    {
        VideoPage page = VideoPage.Of("clip", () => Frames(90));
        page.IsIllustrated.Should().BeFalse();
        List<long> decoded = [];

        foreach (FrameResult frame in Frames(90))
        {
            page.Illustrate(frame, FaceImage.FromBitmap(new SKBitmap(1, 1)));
            decoded.Add(frame.Index);
            if (page.IsIllustrated)
            {
                break;
            }
        }

        // Valence of track 0 is highest at frame 30 and lowest at frame 75; a sine's.
        string[] peaks = [.. page.Content.Tracks[0].Peaks.Select(peak => $"{peak.What} {peak.Frame}")];
        peaks.Should().Contain(["highest valence 30", "lowest valence 75"]);
        decoded[^1].Should().BeLessThan(90);
    }

    [Theory]
    [InlineData(20, 1)]
    [InlineData(100, 30)]
    [InlineData(1000, 30)]
    public void Only_where_no_face_is_seen_is_a_timeline_broken(int count, int rate)
    {
        // Times are not even.
        FrameResult[] frames =
        [
            .. Enumerable.Range(0, count).Where(i => rate == 1 || i % 7 != 6).Select(i => i == count / 2
                ? new FrameResult(i, (double)i / rate, "no face was found")
                : new FrameResult(i, (double)i / rate, [Readings.Face(0, Readings.Of(0.5, 0.5, 0.9))])),
        ];

        TrackTimeline track = VideoPage.Of("clip", () => frames).Content.Tracks.Single();

        int gaps = 0;
        for (int bin = 1; bin < track.Bins.Length; bin++)
        {
            gaps += track.Bins[bin].Count == 0 && track.Bins[bin - 1].Count > 0 ? 1 : 0;
        }

        gaps.Should().Be(count < 480 ? 1 : 0, "of many frames some others are in the bin");
        track.Bins[^1].Count.Should().BePositive();
    }

    [Fact]
    public void A_long_video_has_no_larger_page_and_many_tracks_are_counted()
    {
        string few = Text(() => Frames(6000)), many = Text(() => Frames(30_000));

        many.Length.Should().BeLessThan((int)(1.3 * few.Length));
        IDocument page = Page("clip", () => Enumerable.Range(0, 40).Select(i => new FrameResult(
            i, i, [Readings.Face(i / 2, Readings.Of(0, 0, 0.9))])), illustrate: false);
        page.QuerySelectorAll("section").Should().HaveCount(VideoPage.MostTracks);
        page.Body!.TextContent.Should().Contain("20 tracks.").And.Contain("Shown are the 12 with the most frames.");
    }

    [Fact]
    public void A_video_without_faces_has_a_page()
    {
        IDocument page = Page("clip", () => [new FrameResult(0, 0, "no face was found")], illustrate: true);

        page.Body!.TextContent.Should().Contain("1 frames in 0:00, 0 with a face");
        page.QuerySelectorAll("section").Should().BeEmpty();
    }

    [Fact]
    public void A_marked_frame_has_its_box_in_the_colour_of_the_track()
    {
        RgbImage grey = new(200, 160, [.. Enumerable.Repeat((byte)128, 3 * 200 * 160)]);
        FrameResult frame = new(0, 0,
        [
            new(0, new(20, 40, 60, 60), 1, Readings.Of(0.9, 0.9, 0.9)), new(1, new(120, 40, 60, 60), 1, Readings.Of(-0.9, -0.9, 0.9)),
        ]);

        FrameDrawing.Save(_folder.File("sub/one.jpg"), grey, frame);
        FrameDrawing.Save(_folder.File("sub/none.jpg"), grey, new(0, 0, "no face was found"));

        using SKBitmap one = SKBitmap.Decode(_folder.File("sub/one.jpg")), none = SKBitmap.Decode(_folder.File("sub/none.jpg"));
        SKColor first = one.GetPixel(20, 70), second = one.GetPixel(120, 70);
        ((int)first.Blue).Should().BeGreaterThan(first.Red + 40, "the first track is blue");
        ((int)second.Red).Should().BeGreaterThan(second.Blue + 40, "the second is orange");
        Distance(one.GetPixel(50, 60), new(128, 128, 128)).Should().BeLessThan(12, "the face itself stays");

        // The dot of valence and arousal: to the upper right in the first cross, to the lower left in the second.
        int half = 60 / 7;
        (int X, int Y) middle = (20 + 60 - half - 4, 40 + 60 - half - 4);
        Distance(one.GetPixel(middle.X + 7, middle.Y - 7), new(128, 128, 128)).Should().BeGreaterThan(40);
        Distance(one.GetPixel(middle.X + 100 - 7, middle.Y + 7), new(128, 128, 128)).Should().BeGreaterThan(40);
        for (int x = 0; x < 200; x += 10)
        {
            Distance(none.GetPixel(x, 70), new(128, 128, 128)).Should().BeLessThan(4);
        }
    }

    private static int Distance(SKColor a, SKColor b) => Math.Abs(a.Red - b.Red) + Math.Abs(a.Green - b.Green) + Math.Abs(a.Blue - b.Blue);

    private static IEnumerable<FrameResult> Frames(int count) => Enumerable.Range(0, count).Select(i => i == 5
        ? new FrameResult(i, i / 30.0, "no face was found")
        : new FrameResult(i, i / 30.0,
        [
            Readings.Face(0, Readings.Of(0.9 * Math.Sin((i - 7.5) / 45 * Math.PI), 0.1, i % 2 == 0 ? 0.8 : 0.1, i % 90 / 90.0)),
            Readings.Face(1, Readings.Of(-0.2, Math.Cos(i / 20.0), 0.7, 0.9)),
        ]));

    private string Text(Func<IEnumerable<FrameResult>> frames)
    {
        VideoPage.Of("clip", frames).Save(_folder.File("page.html"));
        return File.ReadAllText(_folder.File("page.html"));
    }

    private IDocument Page(string name, Func<IEnumerable<FrameResult>> frames, bool illustrate)
    {
        VideoPage page = VideoPage.Of(name, frames);
        if (illustrate)
        {
            foreach (FrameResult frame in frames())
            {
                page.Illustrate(frame, FaceImage.FromPixels(new(64, 80, TestImages.Pattern(64, 80))));
            }
        }

        page.Save(_folder.File("page.html"));
        return new HtmlParser().ParseDocument(File.ReadAllText(_folder.File("page.html")));
    }
}
