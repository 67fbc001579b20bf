using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Two runs into one table: the second is refused, and the first has all of its frames.</summary>
public sealed class SharedJournalTests : IDisposable
{
    private const int Frames = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly VideoReader _reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2 });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "colours")]
    [InlineData(true, "colours")]
    [InlineData(false, null)]
    public async Task A_table_that_another_run_writes_is_refused_and_that_run_goes_on(bool resume, string? stamp)
    {
        VideoSummary whole = await RunAsync("whole.csv", new(Frames));
        string refusal = "";

        VideoSummary first = await RunAsync("a.csv", new(Frames)
        {
            Stamp = stamp,
            OnFrame = i => refusal = i == 20 ? Refusal(() => RunAsync("a.csv", new(Frames) { Stamp = stamp }, resume)) : refusal,
        });

        refusal.Should().ContainAll(_folder.File("a.csv.partial"), "another run writes it", "Wait for its end");
        first.Should().Be(whole);
        File.ReadAllBytes(_folder.File("a.csv")).Should().Equal(File.ReadAllBytes(_folder.File("whole.csv")));
        Directory.GetFiles(_folder.Path, "*.partial").Should().BeEmpty();
    }

    [Fact]
    public async Task The_second_pass_over_the_video_keeps_others_out_too()
    {
        string refusal = "";
        VideoRunOptions options = new() { Table = _folder.File("a.csv"), Frames = _folder.File("marked") };
        int given = 0;

        await VideoRun.RunAsync(
            new ColoredFrames(Frames)
            {
                OnFrame = _ => refusal = ++given == Frames + 5 ? Refusal(() => RunAsync("a.csv", new(Frames))) : refusal,
            },
            _reader, options);

        refusal.Should().Contain("another run writes it");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_that_another_process_writes_is_refused(bool resume)
    {
        VideoPartOptions options = new() { Path = _folder.File("1.part") };
        string refusal = "";

        await VideoParts.ReadAsync(
            new ColoredFrames(Frames)
            {
                OnFrame = i => refusal = i == 20 ? Refusal(() => VideoParts.ReadAsync(
                    new ColoredFrames(Frames), _reader, new() { Path = options.Path, Resume = resume })) : refusal,
            },
            _reader, options);

        refusal.Should().ContainAll(options.Path, "another run writes it");
        (await VideoParts.GatherAsync([options.Path], new() { Table = _folder.File("a.csv") })).Frames.Should().Be(Frames);
    }

    [LinuxFact]
    public async Task A_journal_that_was_cut_all_the_same_gives_no_table()
    {
        await RunAsync("a.csv", new(5));
        byte[] before = File.ReadAllBytes(_folder.File("a.csv"));

        // Locks bind those alone who ask for them.
        await FluentActions.Awaiting(() => RunAsync("a.csv", new(Frames)
        {
            OnFrame = i =>
            {
                if (i == Frames - 1)
                {
                    ChildProcess.RunAsync("truncate", ["-s", "2000", _folder.File("a.csv.partial")]).GetAwaiter().GetResult().ExitCode
                        .Should().Be(0);
                }
            },
        })).Should().ThrowAsync<VideoRunException>().WithMessage($"*a.csv.partial' has * frames, and {Frames} were read*");

        File.ReadAllBytes(_folder.File("a.csv")).Should().Equal(before);
    }

    private static string Refusal(Func<Task> run) => FluentActions.Awaiting(run).Should().ThrowAsync<VideoRunException>().GetAwaiter()
        .GetResult().Which.Message;

    private Task<VideoSummary> RunAsync(string table, ColoredFrames source, bool resume = false) => VideoRun.RunAsync(
        source, _reader, new() { Table = _folder.File(table), Resume = resume && source.Stamp is not null });
}
