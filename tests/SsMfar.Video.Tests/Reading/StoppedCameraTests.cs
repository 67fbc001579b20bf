using System.Runtime.CompilerServices;
using SsMfar.Inference;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Frames that come once end where their reader is stopped, and what was read of them is written.</summary>
public sealed class StoppedCameraTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VideoReader _reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_camera_that_is_stopped_has_its_table_up_to_there()
    {
        using CancellationTokenSource stop = new();
        StopAt progress = new(stop, 12);

        VideoSummary summary = await VideoRun.RunAsync(
            CallerFrames.AtRate(Endless(), 25), _reader, Options(), progress, stop.Token);

        summary.Problem.Should().BeNull();
        summary.Frames.Should().BeGreaterThanOrEqualTo(12);
        File.ReadAllLines(_folder.File("a.csv"))[^1].Should().StartWith($"{summary.Frames - 1},");
        Directory.GetFiles(_folder.Path).Should().ContainSingle("nothing else is left");
    }

    [RequiresTool("ffmpeg")]
    public async Task A_device_that_is_stopped_has_its_table_up_to_there()
    {
        using CancellationTokenSource stop = new();

        VideoSummary summary = await VideoRun.RunAsync(
            FfmpegFrames.FromDevice("testsrc=s=40x30:r=20", "lavfi"), _reader, Options(), new StopAt(stop, 12), stop.Token);

        (summary.Frames >= 12, summary.Problem).Should().Be((true, null));
        File.ReadAllLines(_folder.File("a.csv"))[^1].Should().StartWith($"{summary.Frames - 1},");
    }

    [Fact]
    public async Task One_that_is_stopped_before_its_first_frame_has_none_and_neither_is_a_file_that_is_interrupted_whole()
    {
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => VideoRun.RunAsync(
            CallerFrames.AtRate(Endless(), 25), _reader, Options(), cancellationToken: stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();
        Directory.GetFiles(_folder.Path).Should().BeEmpty();

        using CancellationTokenSource later = new();
        await FluentActions.Awaiting(() => VideoRun.RunAsync(
            new ColoredFrames(500), _reader, Options(), new StopAt(later, 12), later.Token)).Should()
            .ThrowAsync<OperationCanceledException>();
        Directory.GetFiles(_folder.Path).Should().Equal(_folder.File("a.csv.partial"));
    }

    private VideoRunOptions Options() => new() { Table = _folder.File("a.csv") };

    private static async IAsyncEnumerable<FaceImage> Endless([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await Task.Delay(1, cancellationToken);
            yield return FaceImage.FromPixels(new(40, 30, new byte[3 * 40 * 30]));
        }
    }

    private sealed class StopAt(CancellationTokenSource stop, long frames) : IProgress<VideoProgress>
    {
        public void Report(VideoProgress value)
        {
            if (value.Frames == frames)
            {
                stop.Cancel();
            }
        }
    }
}
