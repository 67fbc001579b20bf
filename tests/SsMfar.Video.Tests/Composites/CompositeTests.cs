using SsMfar.Faces;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>The short form of what docs/video.md measures: people who move, hide, leave and return.</summary>
public sealed class CompositeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("npm")]
    public async Task Every_frame_is_accounted_for_and_each_track_is_one_person()
    {
        using CompositeVideo video = new();
        using FaceReader faces = FaceReader.Create(new ColorPredictor());
        List<FrameResult> frames = await new VideoReader(faces).ReadAsync(video).ToListAsync();

        frames.Select(frame => frame.Index).Should().Equal(Enumerable.Range(0, CompositeVideo.Frames).Select(i => (long)i));
        frames.Where(frame => frame.Failed).Select(frame => frame.Index).Should().Equal(CompositeVideo.Damaged);
        frames.Should().OnlyContain(frame => frame.Faces.IsEmpty == (frame.Reason != null));

        (int Person, int Track, long Frame)[] rows = [.. frames.SelectMany(frame => frame.Faces.Select(face =>
            (PersonAt(frame.Index, face.Box), face.Track, frame.Index)))];
        int expected = Enumerable.Range(0, CompositeVideo.Frames).Where(i => i != CompositeVideo.Damaged)
            .Sum(i => Enumerable.Range(0, 2).Count(person => CompositeVideo.Place(person, i) is { X: < 470 }));
        rows.Length.Should().BeGreaterThan((int)(0.97 * expected), "faces are found");

        // A track is of the person that most of its faces are of.
        Dictionary<int, int> personOf = rows.GroupBy(row => row.Track).ToDictionary(
            track => track.Key, track => track.GroupBy(row => row.Person).MaxBy(person => person.Count())!.Key);
        rows.Count(row => row.Person >= 0 && personOf[row.Track] == row.Person).Should()
            .BeGreaterThanOrEqualTo((int)Math.Ceiling(0.99 * rows.Length));
        rows.Where(row => row.Person == 0).Select(row => row.Track).Distinct().Should()
            .ContainSingle("who is hidden for a second keeps the track");
        rows.Where(row => row.Person == 1).Select(row => row.Track).Distinct().Should()
            .HaveCountLessThanOrEqualTo(2, "who leaves for longer may be another");
        rows.Select(row => row.Track).Distinct().Should().HaveCountLessThanOrEqualTo(3);
    }

    private static int PersonAt(long frame, FaceRectangle box)
    {
        for (int person = 0; person < 2; person++)
        {
            if (CompositeVideo.Place(person, frame) is { } place && box.CenterX > place.X && box.CenterX < place.X + place.Width
                && box.CenterY > place.Y && box.CenterY < place.Y + place.Height)
            {
                return person;
            }
        }

        return -1;
    }
}
