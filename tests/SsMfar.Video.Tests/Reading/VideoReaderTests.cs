using System.Collections.Immutable;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Frames are read side by side and given out in order, and no more are held than are read.</summary>
public sealed class VideoReaderTests
{
    [Fact]
    public async Task Cancellation_ends_the_search_within_a_frame()
    {
        using CancellationTokenSource stop = new();
        using Endless detector = new(stop.Cancel);
        using FaceReader faces = new(detector);
        VideoReader reader = new(faces, new() { Threads = 1 });

        await FluentActions.Awaiting(async () =>
        {
            await foreach (FrameResult _ in reader.ReadAsync(new ColoredFrames(3), cancellationToken: stop.Token))
            {
            }
        }).Should().ThrowAsync<OperationCanceledException>();

        detector.WasCancelled.Should().BeTrue();
    }

    [Fact]
    public async Task Every_frame_has_a_result_in_order()
    {
        VideoReader reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 3 });
        ToldProgress progress = new();

        List<FrameResult> frames = await reader.ReadAsync(
            new ColoredFrames(60) { Broken = 10, Missing = 11 }, progress).ToListAsync();

        frames.Select(frame => frame.Index).Should().Equal(Enumerable.Range(0, 60).Select(i => (long)i));
        frames[20].Time.Should().BeApproximately(0.8, 1e-12);
        frames.Where(frame => frame.Failed).Select(frame => frame.Index).Should().Equal(10, 11);
        frames[10].Reason.Should().NotBeNullOrEmpty();
        frames[11].Reason.Should().Be("the frame is missing");
        frames[3].Reason.Should().Be("no face was given");
        frames[12].Faces.Select(face => face.Track).Should().Equal(0, 1);
        frames[12].Faces[1].Box.Should().Be(new FaceRectangle(22, 10, 10, 14));
        frames[12].Faces[1].Prediction!.Valence.Should().Be((444 - 256) / 255f);
        progress.Told.Select(told => told.Frames).Should().Equal(Enumerable.Range(1, 60).Select(i => (long)i));
        progress.Told[^1].Should().Match<VideoProgress>(last => last.FrameCount == 60 && last.FramesPerSecond > 0
            && last.Remaining == TimeSpan.Zero);
    }

    [Fact]
    public async Task No_more_frames_are_held_than_threads_read()
    {
        long given = 0, taken = 0, most = 0;
        VideoReader reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 4 });
        await foreach (FrameResult frame in reader.ReadAsync(new ColoredFrames(200) { OnFrame = _ => Interlocked.Increment(ref given) }))
        {
            if (taken % 20 == 0)
            {
                await Task.Delay(20);
            }

            most = Math.Max(most, Interlocked.Read(ref given) - taken);
            taken = frame.Index + 1;
        }

        taken.Should().Be(200);
        most.Should().BeInRange(2, 5);
    }

    [Fact]
    public async Task Frames_of_a_camera_come_out_before_the_next_comes_in()
    {
        VideoReader reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 4 });
        SemaphoreSlim go = new(1);
        CallerFrames camera = CallerFrames.WithTimes(Pictures());
        List<double> times = [];

        await foreach (FrameResult frame in reader.ReadAsync(camera))
        {
            times.Add(frame.Time);
            go.Release();
        }

        times.Should().Equal(0, 0.5, 1, 1.5);

        async IAsyncEnumerable<(double, FaceImage)> Pictures()
        {
            for (int i = 0; i < 4; i++)
            {
                (await go.WaitAsync(TimeSpan.FromSeconds(30))).Should().BeTrue("the frame before must come out first");
                yield return (100 + (i / 2.0), FaceImage.FromPixels(new(1, 1, [1, 2, 3])));
            }
        }
    }

    [Fact]
    public async Task What_the_source_ends_with_comes_after_the_frames_before_it()
    {
        VideoReader reader = new(new ColorPredictor(), ColoredFrames.Boxes);
        ColoredFrames source = new(20) { Fault = (7, new VideoSourceException("x", "it is gone", "Look.")) };
        List<FrameResult> frames = [];

        await FluentActions.Awaiting(async () =>
        {
            await foreach (FrameResult frame in reader.ReadAsync(source))
            {
                frames.Add(frame);
            }
        }).Should().ThrowAsync<VideoSourceException>();

        frames.Should().HaveCount(7);
    }

    [Fact]
    public async Task It_can_be_cancelled_and_left()
    {
        VideoReader reader = new(new ColorPredictor(), ColoredFrames.Boxes);
        using CancellationTokenSource stop = new();
        long last = -1;

        await FluentActions.Awaiting(async () =>
        {
            await foreach (FrameResult frame in reader.ReadAsync(new ColoredFrames(100_000), cancellationToken: stop.Token))
            {
                last = frame.Index;
                if (last == 30)
                {
                    await stop.CancelAsync();
                }
            }
        }).Should().ThrowAsync<OperationCanceledException>();

        last.Should().BeInRange(30, 40);
        (await reader.ReadAsync(new ColoredFrames(100_000)).FirstAsync()).Index.Should().Be(0);
    }

    [Fact]
    public async Task A_fault_of_the_model_of_another_kind_is_not_hidden()
    {
        VideoReader reader = new(new Faulty(), ColoredFrames.Boxes);

        await FluentActions.Awaiting(async () => await reader.ReadAsync(new ColoredFrames(5)).ToListAsync()).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage("broken");
    }

    [Fact]
    public void Options_that_cannot_be_used_are_named() => FluentActions
        .Invoking(() => new VideoReader(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 0 })).Should()
        .Throw<ArgumentException>().WithMessage("*Threads is 0*");

    [Fact]
    public async Task Options_of_tracking_reach_the_tracker()
    {
        VideoReader strict = new(new ColorPredictor(), ColoredFrames.Boxes, new()
        {
            Tracking = new() { MinimumOverlap = 1, MaximumMove = 0 },
        });

        (await strict.ReadAsync(new ColoredFrames(3)).ToListAsync())[2].Faces.Select(face => face.Track).Should()
            .Equal([3, 1], "the first box moves, the second stays");
    }

    private sealed class Faulty : IAffectPredictor
    {
        public SsMfar.Metadata.ModelMetadata Metadata => Readings.Metadata;

        public AffectPrediction Predict(FaceImage face) => throw new InvalidOperationException("broken");

        public void Dispose()
        {
        }
    }

    /// <summary>Looks at a frame until it is cancelled.</summary>
    private sealed class Endless(Action begins) : IFaceDetector
    {
        public ImmutableArray<FaceLandmark> Landmarks => [];

        public bool WasCancelled { get; private set; }

        public ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default)
        {
            begins();
            WasCancelled = cancellationToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(20));
            cancellationToken.ThrowIfCancellationRequested();
            return [];
        }

        public void Dispose()
        {
        }
    }
}
