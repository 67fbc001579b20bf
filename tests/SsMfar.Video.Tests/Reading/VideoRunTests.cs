using System.Collections.Immutable;
using System.Runtime.Versioning;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>From frames to files, at once or in pieces.</summary>
public sealed class VideoRunTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();
    private readonly VideoReader _reader = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Threads = 2 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_table_has_every_frame_and_the_summary_counts_them()
    {
        VideoSummary summary = await RunAsync(new(50) { Broken = 8, Missing = 9 }, Options("a.csv"));

        summary.Should().Be(new VideoSummary(50, 41, 2, 2) { Faces = 82 });
        string[] lines = File.ReadAllLines(_folder.File("a.csv"));
        lines[1..].Select(line => int.Parse(line.Split(',')[0])).Distinct().Should().Equal(Enumerable.Range(0, 50));
        lines.Should().HaveCount(1 + (2 * 41) + 9);
        lines.Should().Contain(line => line.StartsWith("9,0.36,,", StringComparison.Ordinal)
            && line.EndsWith(",the frame is missing", StringComparison.Ordinal));
        Directory.GetFileSystemEntries(_folder.Path).Should().ContainSingle("nothing else is left");
    }

    [Theory]
    [InlineData(FrameTableFormat.Plain, null, false)]
    [InlineData(FrameTableFormat.Plain, 0.1, false)]
    [InlineData(FrameTableFormat.Parquet, 0.1, true)]
    [InlineData(FrameTableFormat.OpenFace, 0.1, true)]
    public async Task A_run_that_was_killed_anywhere_and_gone_on_with_has_the_same_table(
        FrameTableFormat format, double? sigma, bool causal)
    {
        await RunAsync(new(60) { Broken = 8, Missing = 9 }, Options("whole", format, sigma, causal));
        byte[] whole = File.ReadAllBytes(_folder.File("whole"));

        // What a run keeps that fails after its last frame.
        await FluentActions.Awaiting(() => RunAsync(
            new(61) { Broken = 8, Missing = 9, Fault = (60, new InvalidOperationException()) },
            Options("other", format, sigma, causal))).Should().ThrowAsync<InvalidOperationException>();
        byte[] journal = File.ReadAllBytes(_folder.File("other.partial"));
        journal.Length.Should().BeGreaterThan(2000);
        int resumed = 0;
        foreach (int length in new[] { 0, 10, 200, journal.Length / 3, journal.Length / 2, journal.Length - 1 })
        {
            await File.WriteAllBytesAsync(_folder.File("again.partial"), journal[..length]);
            int first = -1;
            await RunAsync(
                new(60) { Broken = 8, Missing = 9, OnFrame = i => first = first < 0 ? (int)i : first },
                Options("again", format, sigma, causal, resume: true));

            File.ReadAllBytes(_folder.File("again")).Should().Equal(whole, $"it was cut after {length} bytes");
            File.Exists(_folder.File("again.partial")).Should().BeFalse();
            resumed += first > 0 ? 1 : 0;
        }

        resumed.Should().BeGreaterThanOrEqualTo(3, "frames that were read are not read again");
    }

    [LinuxFact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_run_into_a_pipe_leaves_nothing_beside_it_and_cannot_be_gone_on_with()
    {
        await RunAsync(new(20), Options("a.csv"));
        bool isBeside = false, isOwn = false;
        Task<string[]> read = await PipeAsync();
        string[] before = Journals();

        await RunAsync(
            new(20)
            {
                OnFrame = _ =>
                {
                    isBeside |= File.Exists(_folder.File("table.partial"));
                    isOwn |= Journals().Except(before).Any(path => File.GetUnixFileMode(path) == Own);
                },
            },
            Options("table"));

        (await read).Should().Equal(await File.ReadAllLinesAsync(_folder.File("a.csv")));
        isBeside.Should().BeFalse();
        isOwn.Should().BeTrue("others have temporary files there too");
        Journals().Should().BeEquivalentTo(before);
        (await FluentActions.Awaiting(() => RunAsync(new(20), Options("table", resume: true))).Should().ThrowAsync<VideoRunException>())
            .WithMessage("*pipe*Write the table to a file*");

        static string[] Journals() => Directory.GetFiles(Path.GetTempPath(), "ssmfar-*.partial");
    }

    [Fact]
    public async Task What_was_cancelled_is_kept_for_a_later_run_and_without_resume_read_anew()
    {
        using CancellationTokenSource stop = new();
        await FluentActions.Awaiting(() => VideoRun.RunAsync(
            new ColoredFrames(500) { OnFrame = i => { if (i == 40) { stop.Cancel(); } } }, _reader, Options("a.csv"),
            cancellationToken: stop.Token)).Should().ThrowAsync<OperationCanceledException>();
        File.Exists(_folder.File("a.csv")).Should().BeFalse();
        File.Exists(_folder.File("a.csv.partial")).Should().BeTrue();

        long first = -1;
        (await RunAsync(new(500) { OnFrame = i => first = first < 0 ? i : first }, Options("a.csv"))).Frames.Should().Be(500);
        first.Should().Be(0);
    }

    [Fact]
    public async Task What_was_made_of_something_else_is_not_gone_on_with()
    {
        using CancellationTokenSource stop = new();
        await FluentActions.Awaiting(() => VideoRun.RunAsync(
            new ColoredFrames(500) { OnFrame = i => { if (i == 40) { stop.Cancel(); } } }, _reader, Options("a.csv"),
            cancellationToken: stop.Token)).Should().ThrowAsync<OperationCanceledException>();

        (await FluentActions.Awaiting(() => RunAsync(new(500) { Stamp = "others" }, Options("a.csv", resume: true))).Should()
            .ThrowAsync<VideoRunException>()).WithMessage("*a.csv.partial*another video, model or other options*");
        VideoRunOptions other = Options("a.csv", resume: true);
        other.Stamp = "another model";
        await FluentActions.Awaiting(() => RunAsync(new(500), other)).Should().ThrowAsync<VideoRunException>();
        VideoReader tracking = new(new ColorPredictor(), ColoredFrames.Boxes, new() { Tracking = new() { MaximumLoss = 9 } });
        await FluentActions.Awaiting(() => VideoRun.RunAsync(new ColoredFrames(500), tracking, Options("a.csv", resume: true))).Should()
            .ThrowAsync<VideoRunException>();
        await FluentActions.Awaiting(() => RunAsync(new(500) { Stamp = null }, Options("a.csv", resume: true))).Should()
            .ThrowAsync<VideoRunException>().WithMessage("*cannot be read twice*");
    }

    [Fact]
    public async Task What_another_reader_of_faces_found_is_not_gone_on_with()
    {
        using CancellationTokenSource stop = new();
        using FaceReader faces = new(new WholePicture(), new ColorPredictor());
        using FaceReader others = new(new WholePicture(), new ColorPredictor(), new() { MaximumFaces = 1 });
        await FluentActions.Awaiting(() => VideoRun.RunAsync(
            new ColoredFrames(500) { OnFrame = i => { if (i == 40) { stop.Cancel(); } } }, new VideoReader(faces), Options("a.csv"),
            cancellationToken: stop.Token)).Should().ThrowAsync<OperationCanceledException>();

        await FluentActions.Awaiting(() => Resumed(others)).Should().ThrowAsync<VideoRunException>();
        (await Resumed(faces)).Frames.Should().Be(500);

        Task<VideoSummary> Resumed(FaceReader reader) =>
            VideoRun.RunAsync(new ColoredFrames(500), new VideoReader(reader), Options("a.csv", resume: true));
    }

    [Fact]
    public async Task A_video_that_ends_early_has_its_table_and_says_so()
    {
        VideoSummary summary = await RunAsync(
            new(50) { Fault = (20, VideoSourceException.Cut("clip", "it has 50 frames, and 20 can be decoded")) }, Options("a.csv"));

        summary.Frames.Should().Be(20);
        summary.Problem.Should().Contain("ends early");
        File.ReadAllLines(_folder.File("a.csv"))[^1].Should().StartWith("19,");
        await FluentActions.Awaiting(() => RunAsync(
            new(50) { Fault = (0, new VideoSourceException("clip", "it is none", "Give another.")) }, Options("b.csv"))).Should()
            .ThrowAsync<VideoSourceException>();
        File.Exists(_folder.File("b.csv.partial")).Should().BeFalse("it would hold no frame");
    }

    [Fact]
    public async Task A_reading_that_was_ended_from_outside_leaves_the_table_and_is_gone_on_with()
    {
        await RunAsync(new(50), Options("a.csv"));
        byte[] whole = await File.ReadAllBytesAsync(_folder.File("a.csv"));

        await FluentActions.Awaiting(() => RunAsync(
            new(50) { Fault = (20, VideoSourceException.Killed("clip", 20, isFile: true)) }, Options("a.csv"))).Should()
            .ThrowAsync<VideoSourceException>().WithMessage("*a run that is resumed goes on after them.");

        (await File.ReadAllBytesAsync(_folder.File("a.csv"))).Should().Equal(whole, "it has all frames");
        long first = -1;
        await RunAsync(new(50) { OnFrame = i => first = first < 0 ? i : first }, Options("a.csv", resume: true));
        first.Should().Be(20);
        (await File.ReadAllBytesAsync(_folder.File("a.csv"))).Should().Equal(whole);
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reading_that_was_ended_from_outside_has_its_table_where_nothing_could_go_on_with_it(bool isPipe)
    {
        ColoredFrames source = new(50)
        {
            Stamp = isPipe ? "colours" : null,
            Fault = (20, VideoSourceException.Killed("clip", 20, isFile: isPipe)),
        };
        Task<string[]> read = isPipe ? await PipeAsync() : Task.FromResult<string[]>([]);

        VideoSummary summary = await RunAsync(source, Options("table"));

        summary.Frames.Should().Be(20);
        summary.Problem.Should().Be(
            "The video 'clip' ends early: ffmpeg was ended from outside, as where memory is short, after 20 frames. Read it again.");
        (isPipe ? await read : await File.ReadAllLinesAsync(_folder.File("table")))[^1].Should().StartWith("19,");
        Directory.GetFiles(_folder.Path, "*.partial").Should().BeEmpty();
        await FluentActions.Awaiting(() => RunAsync(
            new(50) { Stamp = null, Fault = (0, VideoSourceException.Killed("clip", 0, isFile: false)) }, Options("b.csv"))).Should()
            .ThrowAsync<VideoSourceException>().WithMessage("*memory is short. Read it again.");
    }

    [LinuxFact]
    public async Task A_drawing_that_was_ended_from_outside_is_gone_on_with_where_its_table_is_a_file()
    {
        Task<string[]> read = await PipeAsync();

        (await DrawnAsync("table")).Should().EndWith("after 5 frames. Read it again.");
        (await DrawnAsync("a.csv")).Should().EndWith("a run that is resumed goes on after them.");

        (await read)[^1].Should().StartWith("9,");
        VideoRunOptions again = Options("a.csv", resume: true);
        again.Frames = _folder.File("marked");
        (await RunAsync(new(10), again)).Frames.Should().Be(10);

        async Task<string> DrawnAsync(string table)
        {
            VideoRunOptions options = Options(table);
            options.Frames = _folder.File("marked");
            int given = 0;
            ColoredFrames source = new(10)
            {
                OnFrame = i => { if (++given == 16) { throw VideoSourceException.Killed("clip", i, isFile: true); } },
            };
            return (await FluentActions.Awaiting(() => RunAsync(source, options)).Should().ThrowAsync<VideoSourceException>())
                .Which.Message;
        }
    }

    [Fact]
    public async Task Of_frames_that_can_be_had_once_alone_nothing_is_kept_to_go_on_with()
    {
        await FluentActions.Awaiting(() => RunAsync(
            new(50) { Stamp = null, Fault = (20, new InvalidOperationException()) }, Options("a.csv"))).Should()
            .ThrowAsync<InvalidOperationException>();

        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void The_time_that_is_left_has_more_hours_than_a_day()
    {
        new VideoProgress(1, 1_000_000, 1).ToString().Should().Be("1 of 1000000 frames, 1/s, 277:46:39 left");
        new VideoProgress(1, 126, 1).ToString().Should().EndWith(", 0:02:05 left");
    }

    [Fact]
    public async Task Smoothing_and_the_neutral_face_reach_the_table()
    {
        await RunAsync(new(60), Options("plain.csv"));
        await RunAsync(new(60), Options("smooth.csv", sigma: 0.2));
        VideoRunOptions neutral = Options("neutral.csv");
        neutral.NeutralSeconds = 0.1;
        await RunAsync(new(60), neutral);

        Spread("smooth.csv").Should().BeLessThan(0.5 * Spread("plain.csv"));
        Valence("neutral.csv")[0].Should().BeNegative("it is below the mean of its first three frames").And.NotBe(Valence("plain.csv")[0]);

        double Spread(string name) => Valence(name).Zip(Valence(name)[1..], (a, b) => Math.Abs(a - b)).Average();
        double[] Valence(string name) => [.. File.ReadAllLines(_folder.File(name)).Skip(1).Select(line => line.Split(','))
            .Where(fields => fields[2] == "0").Select(fields => double.Parse(fields[17]))];
    }

    [Fact]
    public async Task Marked_frames_and_a_page_are_written_where_they_are_wanted()
    {
        VideoRunOptions options = Options("a.csv");
        (options.Frames, options.Page) = (_folder.File("marked"), _folder.File("page.html"));

        await RunAsync(new(12) { Broken = 4 }, options);

        Directory.GetFiles(_folder.File("marked")).Select(Path.GetFileName).Order(StringComparer.Ordinal).Should().Equal(
            Enumerable.Range(0, 12).Where(i => i != 4).Select(i => $"frame_{i:D6}.jpg").Append("ssmfar-marked.txt"));
        (await File.ReadAllTextAsync(_folder.File("page.html"))).Should().Contain("data:image/jpeg;base64,");
    }

    [Fact]
    public async Task Frames_that_an_earlier_run_marked_and_this_one_does_not_are_removed_and_no_others()
    {
        VideoRunOptions options = Options("a.csv");
        options.Frames = _folder.File("marked");
        await RunAsync(new(12), options);
        string[] own = ["frame_7.jpg", "frame_0000011.jpg", "frame_000011.png", "frame_a.jpg", "mine.jpg"];
        foreach (string name in own)
        {
            await File.WriteAllTextAsync(Path.Combine(options.Frames, name), "mine");
        }

        await RunAsync(new(5) { Broken = 2 }, options);

        Directory.GetFiles(options.Frames).Select(Path.GetFileName).Should().BeEquivalentTo(
            [.. own, "frame_000000.jpg", "frame_000001.jpg", "frame_000003.jpg", "frame_000004.jpg", "ssmfar-marked.txt"]);
    }

    [Fact]
    public async Task The_second_pass_is_told_of_as_drawing()
    {
        VideoRunOptions options = Options("a.csv");
        options.Frames = _folder.File("marked");
        ToldProgress progress = new();

        await VideoRun.RunAsync(new ColoredFrames(6), _reader, options, progress);

        progress.Told.Select(told => (told.IsDrawing, told.Frames)).Should().Equal(
            [.. Enumerable.Range(1, 6).Select(i => (false, (long)i)), .. Enumerable.Range(1, 6).Select(i => (true, (long)i))]);
        progress.Told[^1].ToString().Should().StartWith("6 of 6 frames drawn, ");
    }

    [Fact]
    public async Task Pictures_that_no_earlier_run_marked_are_not_replaced()
    {
        string folder = Directory.CreateDirectory(_folder.File("marked")).FullName, own = Path.Combine(folder, "frame_000001.jpg");
        await File.WriteAllTextAsync(own, "mine");
        VideoRunOptions options = Options("a.csv");
        options.Frames = folder;

        await FluentActions.Awaiting(() => RunAsync(new(3), options)).Should().ThrowAsync<VideoRunException>()
            .WithMessage("*frame_000001.jpg*Choose another folder.");

        Directory.GetFiles(_folder.File("")).Should().BeEmpty("nothing was read");
        (await File.ReadAllTextAsync(own)).Should().Be("mine");

        // Once they are gone, as often as wanted.
        File.Delete(own);
        await RunAsync(new(3), options);
        await RunAsync(new(3), options);
        Directory.GetFiles(folder).Should().HaveCount(4);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Frames_are_decoded_again_for_the_page_and_to_be_marked_as_the_reader_decodes_them(bool findsFaces, bool marks)
    {
        ImageDecoder decoder = new() { MaximumPixels = 40 * 30 };
        using FaceReader faces = new(new WholePicture(), new ColorPredictor(), new() { Decoder = decoder });
        VideoReader reader = findsFaces
            ? new(faces)
            : new(new ColorPredictor(), ColoredFrames.Boxes, new() { Decoder = decoder });
        VideoRunOptions options = Options("a.csv");
        options.Frames = marks ? _folder.File("marked") : null;
        options.Page = marks ? null : _folder.File("page.html");

        // Larger than the reader takes when they are read for the second time.
        int given = 0;
        ColoredFrames source = new(3) { Encoded = () => TestImages.Jpeg(given++ < 3 ? 40 : 80, 30) };

        await FluentActions.Awaiting(() => VideoRun.RunAsync(source, reader, options)).Should().ThrowAsync<ImageDecodeException>();

        given.Should().Be(4);
        File.ReadAllLines(_folder.File("a.csv")).Should().HaveCountGreaterThan(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Neutral_seconds_out_of_range_are_named(double seconds)
    {
        VideoRunOptions options = Options("a.csv");
        options.NeutralSeconds = seconds;
        await FluentActions.Awaiting(() => RunAsync(new(5), options)).Should().ThrowAsync<ArgumentException>()
            .WithMessage("*NeutralSeconds*");
    }

    [Fact]
    public async Task Faces_without_a_reading_are_counted_with_the_first_message_in_one_run_resumed_or_in_parts()
    {
        VideoReader reader = new(new Picky(), ColoredFrames.Boxes, new() { Threads = 2 });
        VideoRunOptions options = Options("a.csv");

        VideoSummary summary = await VideoRun.RunAsync(new ColoredFrames(20), reader, options);

        // Two faces in each of 17 frames, of which one has no reading.
        (summary.Faces, summary.FailedFaces).Should().Be((34, 17));
        summary.FirstFaceError.Should().Contain("it is odd");
        summary.ToString().Should().EndWith("17 of 34 faces without a reading");
        File.ReadAllLines(options.Table).Count(line => line.Contains("it is odd", StringComparison.Ordinal)).Should().Be(17);

        await FluentActions.Awaiting(() => VideoRun.RunAsync(
            new ColoredFrames(20) { Fault = (9, new InvalidOperationException()) }, reader, options)).Should().ThrowAsync<Exception>();
        options.Resume = true;
        (await VideoRun.RunAsync(new ColoredFrames(20), reader, options)).Should().Be(summary);

        string[] parts = [_folder.File("1.part"), _folder.File("2.part")];
        await VideoParts.ReadAsync(new ColoredFrames(20), reader, new() { Path = parts[0], End = 8 });
        await VideoParts.ReadAsync(new ColoredFrames(20), reader, new() { Path = parts[1], First = 8 });
        (await VideoParts.GatherAsync(parts, Options("b.csv"))).Should().Be(summary);
    }

    // Makes the table a pipe, and reads it.
    private async Task<Task<string[]>> PipeAsync()
    {
        string pipe = _folder.File("table");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode.Should().Be(0);
        return Task.Run(() => File.ReadAllLines(pipe));
    }

    private Task<VideoSummary> RunAsync(ColoredFrames source, VideoRunOptions options) => VideoRun.RunAsync(source, _reader, options);

    private VideoRunOptions Options(
        string name, FrameTableFormat format = FrameTableFormat.Plain, double? sigma = null, bool causal = false,
        bool resume = false) => new()
    {
        Table = _folder.File(name),
        Format = format,
        Resume = resume,
        Smoothing = sigma is null ? null : new() { Sigma = sigma.Value, Causal = causal },
    };

    /// <summary>Finds one face, which is the whole picture.</summary>
    private sealed class WholePicture : IFaceDetector
    {
        public ImmutableArray<FaceLandmark> Landmarks => [];

        public ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default) =>
            [new DetectedFace(new(0, 0, picture.Width, picture.Height), [], 1)];

        public void Dispose()
        {
        }
    }

    /// <summary>Reads the left face alone.</summary>
    private sealed class Picky : IAffectPredictor
    {
        public ModelMetadata Metadata => Readings.Metadata;

        public AffectPrediction Predict(FaceImage face) => face.Face is { X: < 20 }
            ? Readings.Of(0, 0, 0.5) : throw new ImageDecodeException("face", "it is odd", "Take another.");

        public void Dispose()
        {
        }
    }
}
