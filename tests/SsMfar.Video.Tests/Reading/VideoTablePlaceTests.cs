using System.Runtime.Versioning;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>What is kept beside a table while a video is read: its name, and who may read it.</summary>
public sealed class VideoTablePlaceTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();
    private readonly VideoReader _reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2 });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(247)]
    [InlineData(248)]
    [InlineData(255)]
    public async Task Tables_may_have_the_longest_names_there_are(int length)
    {
        // Its own ending at the end of the longest: what is kept beside it has another name.
        string name = "é" + new string('a', length - 10) + ".partial";
        VideoRunOptions options = Options(name);
        await FluentActions.Awaiting(() => RunAsync(new(20) { Fault = (10, new InvalidOperationException()) }, options)).Should()
            .ThrowAsync<InvalidOperationException>();
        File.Exists(options.Table).Should().BeFalse();
        Directory.GetFiles(_folder.Path).Should().ContainSingle().Which.Should().EndWith(".partial");

        long first = -1;
        options.Resume = true;
        await RunAsync(new(20) { OnFrame = i => first = first < 0 ? i : first }, options);

        first.Should().Be(10);
        Directory.GetFiles(_folder.Path).Should().Equal(options.Table);
    }

    [Fact]
    public async Task Tables_whose_long_names_begin_alike_have_each_what_is_kept_of_its_own()
    {
        foreach (char last in "12")
        {
            await FluentActions.Awaiting(() => RunAsync(
                new(20) { Fault = (10, new InvalidOperationException()) }, Options(new string('a', 254) + last))).Should()
                .ThrowAsync<InvalidOperationException>();
        }

        Directory.GetFiles(_folder.Path).Should().HaveCount(2);
    }

    [UnixTheory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead)]
    [UnsupportedOSPlatform("windows")]
    public async Task What_is_kept_beside_a_table_is_read_by_nobody_who_may_not_read_the_table(UnixFileMode mode)
    {
        await RunAsync(new(5), Options("a.csv"));
        File.SetUnixFileMode(_folder.File("a.csv"), mode);
        string kept = _folder.File("a.csv.partial");
        UnixFileMode seen = default;

        await RunAsync(new(5) { OnFrame = _ => seen = File.GetUnixFileMode(kept) }, Options("a.csv"));
        seen.Should().Be(Own, "it can be written");

        // One that an earlier run left.
        await File.WriteAllTextAsync(kept, "");
        await RunAsync(new(5) { OnFrame = _ => seen = File.GetUnixFileMode(kept) }, Options("a.csv"));
        seen.Should().Be(Own);
    }

    private Task<VideoSummary> RunAsync(ColoredFrames source, VideoRunOptions options) => VideoRun.RunAsync(source, _reader, options);

    private VideoRunOptions Options(string name) => new() { Table = _folder.File(name) };
}
