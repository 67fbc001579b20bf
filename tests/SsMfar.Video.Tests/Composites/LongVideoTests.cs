using SsMfar.Faces;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>
/// Ten minutes at thirty frames a second. What is live counts for the whole process, so that no other test runs meanwhile.
/// </summary>
[Collection(nameof(LongVideoTests))]
public sealed class LongVideoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Memory_does_not_grow_with_the_video()
    {
        const int Frames = 18_000;
        const int Minute = 1800;
        long afterMinute = 0, most = 0;
        int rows = 0;
        VideoReader reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2 });
        VideoSummary summary = await VideoRun.RunAsync(
            new ColoredFrames(Frames)
            {
                OnFrame = i =>
                {
                    if (i > 0 && i % Minute == 0)
                    {
                        long now = GC.GetTotalMemory(forceFullCollection: true);
                        (afterMinute, most) = i == Minute ? (now, 0) : (afterMinute, Math.Max(most, now));
                    }
                },
            },
            reader,
            new() { Table = _folder.File("long.csv"), Smoothing = new() { Sigma = 0.3 }, Page = _folder.File("long.html") });
        rows = File.ReadLines(_folder.File("long.csv")).Count();

        summary.Frames.Should().Be(Frames);
        rows.Should().Be(1 + (int)summary.WithFace * 2 + (int)(summary.Frames - summary.WithFace));
        most.Should().BeLessThan((long)(1.05 * afterMinute) + (1 << 20), "the collector itself moves by half a megabyte");
        new FileInfo(_folder.File("long.html")).Length.Should().BeLessThan(1_000_000);
    }
}

[CollectionDefinition(nameof(LongVideoTests), DisableParallelization = true)]
public sealed class LongVideoCollection;
