using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>One video by several processes: the table of one, or a refusal.</summary>
public sealed class VideoPartsTests : IDisposable
{
    private const int Frames = 60;

    private static readonly (long First, long? End)[] Thirds = [(0, 20), (20, 40), (40, null)];

    private readonly TemporaryFolder _folder = new();
    private readonly VideoReader _reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2 });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FrameTableFormat.Plain, null, false)]
    [InlineData(FrameTableFormat.Fex, 0.1, true)]
    [InlineData(FrameTableFormat.Parquet, 0.1, false)]
    public async Task The_table_of_parts_is_that_of_one_run(FrameTableFormat format, double? sigma, bool causal)
    {
        VideoRunOptions Options(string table) => new()
        {
            Table = _folder.File(table),
            Format = format,
            Smoothing = sigma is { } deviation ? new() { Sigma = deviation, Causal = causal } : null,
            NeutralSeconds = sigma is null ? null : 0.5,
        };
        VideoSummary alone = await VideoRun.RunAsync(Video(), _reader, Options("whole"));
        string[] parts = await ReadAsync();

        VideoSummary together = await VideoParts.GatherAsync(parts, Options("gathered"));

        together.Should().Be(alone);
        File.ReadAllBytes(_folder.File("gathered")).Should().Equal(File.ReadAllBytes(_folder.File("whole")));
        Directory.GetFiles(_folder.Path, "*.partial").Should().BeEmpty();
    }

    [Fact]
    public async Task Each_part_reads_its_frames_and_no_more_and_one_that_is_whole_reads_none()
    {
        List<long> read = [];
        ColoredFrames Watched() => Video(read.Add);
        VideoPartOptions options = Options(1);
        await VideoParts.ReadAsync(Watched(), _reader, options);
        read.Should().Equal(Enumerable.Range(20, 20).Select(i => (long)i));

        // Cut off in the middle, and gone on with.
        byte[] whole = File.ReadAllBytes(options.Path);
        await File.WriteAllBytesAsync(options.Path, whole[..(whole.Length / 2)]);
        read.Clear();
        options.Resume = true;
        await VideoParts.ReadAsync(Watched(), _reader, options);
        read[0].Should().BeInRange(21, 39);
        read[^1].Should().Be(39);
        File.ReadAllBytes(options.Path).Should().Equal(whole);

        read.Clear();
        await VideoParts.ReadAsync(Watched(), _reader, options);
        read.Should().BeEmpty();
        File.ReadAllBytes(options.Path).Should().Equal(whole);
    }

    [Fact]
    public async Task Frames_of_another_part_or_with_a_gap_are_not_gone_on_with()
    {
        VideoPartOptions options = Options(1);
        await VideoParts.ReadAsync(Video(), _reader, options);
        string[] lines = await File.ReadAllLinesAsync(options.Path);
        int half = Array.FindIndex(lines, line => line.StartsWith("{\"i\":30,", StringComparison.Ordinal));
        half.Should().BePositive();

        await File.WriteAllLinesAsync(options.Path, lines[..half]);
        foreach (int first in new[] { 10, 30 })
        {
            (await NotResumedAsync(new() { Path = options.Path, First = first, End = 40, Stamp = "model", Resume = true }))
                .Should().Contain("another video, model or other options");
        }

        File.ReadAllLines(options.Path).Should().Equal(lines[..half], "they are left for who began them");

        options.Resume = true;
        await File.WriteAllLinesAsync(options.Path, [.. lines[..(half - 1)], lines[half]]);
        (await NotResumedAsync(options)).Should().Contain("It has frame 30 where 29 follows");
    }

    [Fact]
    public async Task A_video_that_ends_early_is_that_of_one_run_also_in_parts()
    {
        static ColoredFrames Cut() => new(Frames) { Fault = (30, VideoSourceException.Cut("clip", "30 of 60 frames can be decoded")) };
        VideoSummary alone = await VideoRun.RunAsync(Cut(), _reader, new() { Table = _folder.File("whole") });
        foreach (int part in Enumerable.Range(0, Thirds.Length))
        {
            string? problem = part == 0 ? null : alone.Problem;
            (await VideoParts.ReadAsync(Cut(), _reader, Options(part))).Should().Be(problem);
            VideoPartOptions again = Options(part);
            again.Resume = true;
            (await VideoParts.ReadAsync(Cut(), _reader, again)).Should().Be(problem, "the part says it");
        }

        VideoSummary together = await VideoParts.GatherAsync(
            [.. Enumerable.Range(0, Thirds.Length).Select(part => Options(part).Path)], new() { Table = _folder.File("gathered") });

        together.Should().Be(alone);
        (together.Frames, together.Problem).Should().Be((30, alone.Problem)).And.NotBe((30, null));
        File.ReadAllBytes(_folder.File("gathered")).Should().Equal(File.ReadAllBytes(_folder.File("whole")));
    }

    [Fact]
    public async Task A_part_that_ends_early_where_the_video_does_not_is_the_one_to_be_made_again()
    {
        string[] parts = await ReadAsync();
        await VideoParts.ReadAsync(
            new ColoredFrames(Frames) { Fault = (30, VideoSourceException.Cut("clip", "the disk was away")) }, _reader, Options(1));

        (await RefusalAsync(parts)).Should().StartWith($"'{parts[1]}' cannot").And.ContainAll(
            "ends before its last frame", parts[2], "the disk was away", "Remove it, and make it again.");
        Directory.GetFiles(_folder.Path, "gathered*").Should().BeEmpty();
    }

    [Fact]
    public async Task Parts_that_are_not_those_of_one_video_in_order_are_refused_and_leave_no_table()
    {
        string[] parts = await ReadAsync();
        string other = _folder.File("other.part"), torn = _folder.File("torn.part"), none = _folder.File("none.part");
        await VideoParts.ReadAsync(Video(), _reader, new() { Path = other, First = 20, End = 40, Stamp = "another model" });
        await File.WriteAllBytesAsync(torn, File.ReadAllBytes(parts[1])[..^3]);
        await File.WriteAllTextAsync(none, "image,x\n");

        (await RefusalAsync(parts[0], parts[2])).Should().Contain("it has frame 40 where 20 follows");
        (await RefusalAsync(parts[0], parts[1], parts[1], parts[2])).Should().Contain("it has frame 20 where 40 follows");
        (await RefusalAsync(parts[0], parts[1])).Should().Contain("it is not the last part");
        (await RefusalAsync(parts[1], parts[2])).Should().Contain("it has frame 20 where 0 follows");
        (await RefusalAsync(parts[0], other, parts[2])).Should().Contain("another video, model or other options");
        (await RefusalAsync(parts[0], torn, parts[2])).Should().Contain("it is not whole");
        (await RefusalAsync(none, parts[1], parts[2])).Should().Contain("it is no part of a video");
        Directory.GetFiles(_folder.Path, "gathered*").Should().BeEmpty();
    }

    // A part says once what its model is, and once what its readings are of; the table has columns of the former.
    [Fact]
    public async Task A_part_whose_readings_are_not_its_models_is_refused()
    {
        string[] parts = await ReadAsync();
        foreach (string part in parts)
        {
            string[] lines = await File.ReadAllLinesAsync(part);
            lines[0] = lines[0].Replace("Anger", "Rage", StringComparison.Ordinal);
            await File.WriteAllTextAsync(part, string.Concat(lines.Select(line => line + "\n")));
        }

        (await RefusalAsync(parts)).Should().StartWith($"'{parts[0]}' cannot")
            .And.Contain("has a reading of other classes or units than its model's");
        Directory.GetFiles(_folder.Path, "gathered*").Should().BeEmpty();
    }

    /// <summary>Two machines may keep one video in different places; two videos of equal length are not one.</summary>
    [Theory]
    [InlineData("/data/colours", "/mnt/videos/colours", true)]
    [InlineData("colours/", "C:\\videos\\colours", true)]
    [InlineData("/data/colours", "/data/colors", false)]
    public async Task Parts_are_of_the_video_that_their_file_or_folder_is_called(string first, string second, bool areOne)
    {
        string[] parts = [_folder.File("1.part"), _folder.File("2.part")];
        ColoredFrames[] videos = [new(Frames) { Name = first }, new(Frames) { Name = second }];
        await VideoParts.ReadAsync(videos[0], _reader, new() { Path = parts[0], End = 20 });
        await VideoParts.ReadAsync(videos[1], _reader, new() { Path = parts[1], First = 20 });

        if (areOne)
        {
            (await VideoParts.GatherAsync(parts, new() { Table = _folder.File("gathered") })).Frames.Should().Be(Frames);
        }
        else
        {
            (await RefusalAsync(parts)).Should().Contain("another video, model or other options");
        }
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(25, false)]
    public async Task Parts_of_a_folder_are_of_one_rate(double rate, bool areOne)
    {
        string images = Directory.CreateDirectory(_folder.File("images")).FullName;
        foreach (int i in Enumerable.Range(0, 4))
        {
            File.WriteAllBytes(Path.Combine(images, $"{i}.jpg"), TestImages.Jpeg(40, 30));
        }

        string[] parts = [_folder.File("1.part"), _folder.File("2.part")];
        await VideoParts.ReadAsync(new FolderFrames(images), _reader, new() { Path = parts[0], End = 2 });
        await VideoParts.ReadAsync(new FolderFrames(images, rate), _reader, new() { Path = parts[1], First = 2 });

        if (areOne)
        {
            (await VideoParts.GatherAsync(parts, new() { Table = _folder.File("gathered") })).Frames.Should().Be(4);
        }
        else
        {
            (await RefusalAsync(parts)).Should().Contain("another video, model or other options");
        }
    }

    [Fact]
    public async Task Lines_of_the_caller_ahead_of_a_part_are_left_alone_and_options_without_use_are_refused()
    {
        string[] parts = await ReadAsync();
        foreach (string part in parts)
        {
            await File.WriteAllTextAsync(part, "#mine: {\n" + await File.ReadAllTextAsync(part));
        }

        (await VideoParts.GatherAsync(parts, new() { Table = _folder.File("gathered") })).Frames.Should().Be(Frames);
        foreach (VideoRunOptions options in new VideoRunOptions[]
        {
            new() { Table = "a", Page = "a.html" }, new() { Table = "a", Frames = "frames" }, new() { Table = "a", Resume = true }, new(),
        })
        {
            await FluentActions.Awaiting(() => VideoParts.GatherAsync(parts, options)).Should().ThrowAsync<ArgumentException>();
        }

        foreach (VideoPartOptions options in new VideoPartOptions[]
        {
            new() { Path = "a", First = -1 }, new() { Path = "a", First = 5, End = 5 }, new() { First = 5 },
        })
        {
            await FluentActions.Awaiting(() => VideoParts.ReadAsync(Video(), _reader, options)).Should().ThrowAsync<ArgumentException>();
        }
    }

    private static ColoredFrames Video(Action<long>? onFrame = null) => new(Frames)
    {
        Broken = 19, Missing = 40, OnFrame = onFrame ?? (_ => { }),
    };

    private VideoPartOptions Options(int part) => new()
    {
        Path = _folder.File($"{part}.part"), First = Thirds[part].First, End = Thirds[part].End, Stamp = "model",
    };

    private async Task<string[]> ReadAsync()
    {
        foreach (int part in Enumerable.Range(0, Thirds.Length))
        {
            await VideoParts.ReadAsync(Video(), _reader, Options(part));
        }

        return [.. Enumerable.Range(0, Thirds.Length).Select(part => Options(part).Path)];
    }

    private async Task<string> NotResumedAsync(VideoPartOptions options) => (await FluentActions.Awaiting(
        () => VideoParts.ReadAsync(Video(), _reader, options)).Should().ThrowAsync<VideoRunException>()).Which.Message;

    private async Task<string> RefusalAsync(params string[] parts) => (await FluentActions.Awaiting(
        () => VideoParts.GatherAsync(parts, new() { Table = _folder.File("gathered") })).Should().ThrowAsync<VideoRunException>())
        .Which.Message;
}
