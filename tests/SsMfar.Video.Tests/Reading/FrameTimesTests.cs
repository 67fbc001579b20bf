using SsMfar.Inference;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Times that do not go up end a reading where they stop, whether there are faces or not.</summary>
public sealed class FrameTimesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, 10.25, "frame 2 is at 0.25 s, and frame 1 at 0.25 s")]
    [InlineData(false, 10.25, "frame 2 is at 0.25 s, and frame 1 at 0.25 s")]
    [InlineData(true, 9.5, "frame 2 is at -0.5 s, and frame 1 at 0.25 s")]
    [InlineData(false, 9.5, "frame 2 is at -0.5 s, and frame 1 at 0.25 s")]
    [InlineData(false, double.NaN, "frame 2 is at NaN s, and frame 1 at 0.25 s")]
    public async Task A_frame_no_later_than_the_one_before_is_named_with_both_times(bool hasFaces, double time, string fault)
    {
        VideoReader reader = Reader(hasFaces);
        List<FrameResult> frames = [];

        VideoSourceException problem = (await FluentActions.Awaiting(async () =>
        {
            await foreach (FrameResult frame in reader.ReadAsync(Frames(10, 10.25, time, 12)))
            {
                frames.Add(frame);
            }
        }).Should().ThrowAsync<VideoSourceException>()).Which;

        problem.Message.Should().StartWith("The video 'camera' ends early: ").And.Contain(fault);
        problem.Remedy.Should().Be("Give frames whose times are numbers and go up.");
        frames.Should().HaveCount(2);

        VideoSummary summary = await VideoRun.RunAsync(
            Frames(10, 10.25, time, 12), reader, new() { Table = _folder.File("a.csv") });
        (summary.Frames, summary.Problem).Should().Be((2, problem.Message));
        File.ReadAllLines(_folder.File("a.csv")).Should().HaveCount(3);
    }

    [Fact]
    public async Task A_first_time_that_is_no_number_is_a_source_that_cannot_be_read() =>
        (await FluentActions.Awaiting(() => VideoRun.RunAsync(
            Frames(double.PositiveInfinity, 1), Reader(false), new() { Table = _folder.File("a.csv") })).Should()
            .ThrowAsync<VideoSourceException>()).WithMessage("The video 'camera' cannot be read: frame 0 is at NaN s. *");

    private static VideoReader Reader(bool hasFaces) =>
        new(new ColorPredictor(), _ => hasFaces ? [new(5, 5, 12, 12)] : [], new() { Threads = 2 });

    private static CallerFrames Frames(params double[] times) => CallerFrames.WithTimes(
        times.ToAsyncEnumerable().Select(time => (time, FaceImage.FromPixels(new(40, 30, new byte[3 * 40 * 30])))), "camera");
}
