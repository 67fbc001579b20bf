using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>A loss counts from the first frame without the face, also in a run that is gone on with and in parts.</summary>
public sealed class LostFacesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // Every seventh frame has no face: each begins new tracks.
    private readonly VideoReader _reader = new(
        new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2, Tracking = new() { MaximumLoss = 0 } });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_face_in_every_frame_has_one_track_at_a_quarter_of_a_frame_a_second_and_its_neutral_face()
    {
        VideoReader reader = new(new ColorPredictor(), _ => [new(5, 5, 12, 12)]);
        VideoRunOptions options = new() { Table = _folder.File("slow.csv"), NeutralSeconds = 1 };

        (await VideoRun.RunAsync(new ColoredFrames(20) { Rate = 0.25 }, reader, options)).Tracks.Should().Be(1);

        File.ReadAllLines(options.Table).Skip(1).Select(line => line.Split(',')[17]).Distinct().Should()
            .HaveCountGreaterThan(5, "the first frame alone is neutral");
    }

    [Fact]
    public async Task A_run_that_stopped_after_a_frame_without_a_face_goes_on_with_the_same_tracks()
    {
        VideoSummary whole = await RunAsync("whole.csv", new(40));
        whole.Tracks.Should().Be(14, "six frames without a face lie between seven stretches with one");

        // The last frame that is kept is the tenth, which has no face.
        await FluentActions.Awaiting(() => RunAsync("again.csv", new(40) { Fault = (11, new InvalidOperationException()) })).Should()
            .ThrowAsync<InvalidOperationException>();
        (await RunAsync("again.csv", new(40), resume: true)).Should().Be(whole);

        File.ReadAllBytes(_folder.File("again.csv")).Should().Equal(File.ReadAllBytes(_folder.File("whole.csv")));
    }

    private Task<VideoSummary> RunAsync(string table, ColoredFrames source, bool resume = false) =>
        VideoRun.RunAsync(source, _reader, new() { Table = _folder.File(table), Resume = resume });
}
