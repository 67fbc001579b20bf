using SsMfar.Imaging;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Video files through ffmpeg, good and bad.</summary>
public sealed class FfmpegFramesTests : IDisposable
{
    // Of a frame of two pixels.
    private const string Told =
        "echo '[info] config in time_base: 1/10, frame_rate: 10/1' >&2; echo '[info] n: 0 pts: 0 s:2x1 i:P' >&2; ";

    private static readonly string[] Lossless = ["-c:v", "ffv1", "-pix_fmt", "gray"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("ffmpeg")]
    public async Task Every_frame_is_given_once_with_its_time_and_its_pixels()
    {
        string path = _folder.File("a b'c.mkv");
        await VideoFiles.MakeAsync(path, 30, Lossless);

        FfmpegFrames video = await FfmpegFrames.OpenAsync(path);

        List<(VideoFrame Frame, RgbImage Pixels)> all = await Decoded(video);
        (video.FramesPerSecond, video.HasVariableRate, video.Rotation, video.FrameCount).Should().Be((10.0, false, 0, 30L));
        video.Notes.Should().BeEmpty();
        all.Select(one => one.Frame.Index).Should().Equal(Enumerable.Range(0, 30).Select(i => (long)i));
        all.Select(one => Math.Round(one.Frame.Time, 4)).Should().Equal(Enumerable.Range(0, 30).Select(i => i / 10.0));
        all.Should().OnlyContain(one => one.Pixels.Width == 64 && one.Pixels.Height == 48);
        all.Select(one => (int)one.Pixels.At(40, 30).G).Should().Equal(Enumerable.Range(0, 30).Select(i => 4 * i));
        all.Should().OnlyContain(one => one.Pixels.At(2, 2).R == 255);
        (await Decoded(video, 27)).Select(one => (one.Frame.Index, (int)one.Pixels.At(40, 30).G)).Should()
            .Equal((27, 108), (28, 112), (29, 116));
    }

    [RequiresTool("ffmpeg")]
    public async Task A_variable_rate_is_said_and_each_frame_has_its_own_time()
    {
        string path = _folder.File("phone.mkv");
        await VideoFiles.MakeAsync(
            path, 20, ["-vf", "setpts='if(lt(N,10),N/10,1.01+(N-10)/2.5)/TB'", "-fps_mode", "vfr", .. Lossless]);

        FfmpegFrames video = await FfmpegFrames.OpenAsync(path);

        video.HasVariableRate.Should().BeTrue();
        video.Notes.Should().ContainSingle().Which.Should().StartWith("The frame rate varies");
        (await Decoded(video)).Select(one => Math.Round(one.Frame.Time, 2)).Should()
            .Equal(Enumerable.Range(0, 20).Select(i => i < 10 ? i / 10.0 : 1 + ((i - 10) / 2.5)));
    }

    [RequiresTool("ffmpeg")]
    public async Task A_video_that_was_held_upright_is_read_upright()
    {
        string plain = _folder.File("plain.mp4"), turned = _folder.File("turned.mp4");
        await VideoFiles.MakeAsync(plain, 3, "-c:v", "mpeg4", "-q:v", "2", "-pix_fmt", "yuv420p");
        await VideoFiles.FfmpegAsync("-i", plain, "-c", "copy", "-metadata:s:v", "rotate=270", turned);

        FfmpegFrames video = await FfmpegFrames.OpenAsync(turned);

        video.Rotation.Should().BeOneOf(90, 270);
        video.Notes.Should().ContainSingle().Which.Should().Contain("upright");
        RgbImage frame = (await Decoded(video))[0].Pixels;
        (frame.Width, frame.Height).Should().Be((48, 64));
        (byte R, byte G, byte B) corner = video.Rotation == 90 ? frame.At(44, 3) : frame.At(3, 60);
        corner.R.Should().BeGreaterThan(200, "the white corner went along");
    }

    [RequiresTool("ffmpeg")]
    public async Task Pixels_that_are_not_square_are_read_as_they_are_to_be_shown()
    {
        string wide = await Made("wide.mp4", "4/3"), high = await Made("high.mp4", "3/4"), turned = _folder.File("turned.mp4");
        await VideoFiles.FfmpegAsync("-i", wide, "-c", "copy", "-metadata:s:v", "rotate=270", turned);

        FfmpegFrames video = await FfmpegFrames.OpenAsync(wide);

        video.Notes.Should().ContainSingle().Which.Should().Contain("4:3").And.Contain("as they are to be shown");
        RgbImage frame = (await Decoded(video))[0].Pixels;
        (frame.Width, frame.Height).Should().Be((85, 48));
        (frame.At(18, 3).R > 200, frame.At(24, 3).R > 50).Should().Be((true, false), "the white corner is a quarter of the width");
        (await Size(high)).Should().Be((64, 64));
        (await Size(turned)).Should().Be((48, 85));
        (await Size(await Made("none.mp4", "100/1"))).Should().Be((64, 48), "such pixels are none");

        async Task<string> Made(string name, string shape)
        {
            string path = _folder.File(name);
            await VideoFiles.MakeAsync(path, 3, "-vf", $"setsar={shape}", "-c:v", "mpeg4", "-q:v", "2", "-pix_fmt", "yuv420p");
            return path;
        }

        static async Task<(int Width, int Height)> Size(string path) =>
            (await Decoded(await FfmpegFrames.OpenAsync(path)))[^1].Pixels is var pixels ? (pixels.Width, pixels.Height) : default;
    }

    [RequiresTool("ffmpeg")]
    public async Task Each_frame_is_as_large_as_it_is_where_the_size_changes()
    {
        await VideoFiles.MakeOfColorAsync(_folder.File("small.mkv"), "red", 64, 48, 4);
        await VideoFiles.MakeOfColorAsync(_folder.File("large.mkv"), "blue", 96, 80, 3);
        await VideoFiles.JoinAsync(_folder.File("grows.mkv"), "small.mkv", "large.mkv");
        await VideoFiles.JoinAsync(_folder.File("shrinks.mkv"), "large.mkv", "small.mkv");
        IEnumerable<(int, int, bool, bool)> small = Enumerable.Repeat((64, 48, true, false), 4);
        IEnumerable<(int, int, bool, bool)> large = Enumerable.Repeat((96, 80, false, true), 3);

        (await Seen("grows.mkv")).Should().Equal(small.Concat(large));
        (await Seen("shrinks.mkv")).Should().Equal(large.Concat(small));

        async Task<IEnumerable<(int Width, int Height, bool IsRed, bool IsBlue)>> Seen(string name) =>
            (await Decoded(await FfmpegFrames.OpenAsync(_folder.File(name)))).Select(one => one.Pixels).Select(pixels => (
                pixels.Width, pixels.Height, Corners(pixels).All(at => at.R > 240 && at.B < 15),
                Corners(pixels).All(at => at.R < 15 && at.B > 240)));

        static (byte R, byte G, byte B)[] Corners(RgbImage pixels) =>
        [
            pixels.At(0, 0), pixels.At(pixels.Width - 1, 0), pixels.At(0, pixels.Height - 1),
            pixels.At(pixels.Width - 1, pixels.Height - 1),
        ];
    }

    [UnixFact]
    public async Task Pixels_that_are_not_those_that_ffmpeg_tells_of_are_refused()
    {
        string more = await ProgramAsync("more", Told + "printf 123456; printf 7");
        string fewer = await ProgramAsync("fewer", Told + "printf 12345");
        string silent = await ProgramAsync("silent", Told + "printf 123456123456; exec sleep 60");
        string failed = await ProgramAsync("failed", $"{Told}printf 123456; {Told}printf 12345; exit 3");

        (await EndedAsync(more, 1, isEarly: true)).Should().EndWith("ends early: after 1 frames ffmpeg gives other pixels than it tells " +
            "of. Install another release of ffmpeg, 5.1 or later, or give a folder of numbered images.");
        (await EndedAsync(silent, 1, isEarly: true)).Should().Contain("after 1 frames ffmpeg gives other pixels than it tells of");
        (await EndedAsync(fewer, 0, isEarly: false)).Should().Contain("after 0 frames ffmpeg gives other pixels than it tells of");
        (await EndedAsync(failed, 1, isEarly: true)).Should().Contain("after 1 frames ffmpeg says: nothing", "that it failed says more");
    }

    [UnixFact]
    public async Task A_reading_that_was_ended_from_outside_is_no_video_that_ends_early()
    {
        const string Word = "echo '[info] Exiting normally, received signal 15.' >&2; ";
        string killed = await ProgramAsync("killed", Told + "printf 123456; kill -9 $$");
        string asked = await ProgramAsync("asked", $"{Told}printf 123456; {Word}exit 255");
        string failed = await ProgramAsync("failed", Told + "printf 123456; exit 255");

        (await EndedAsync(killed, 1, isEarly: false)).Should()
            .EndWith("ffmpeg was ended from outside, as where memory is short, after 1 frames. Read it again.", "a device has no past");
        (await EndedAsync(asked, 1, isEarly: false)).Should().Contain("ended from outside");
        (await EndedAsync(failed, 1, isEarly: true)).Should().NotContain("from outside");
        FfmpegFrames file = await FfmpegFrames.OpenAsync(await FileAsync(), new() { Ffmpeg = killed, Ffprobe = await ProbeAsync() });
        (await FluentActions.Awaiting(async () => await file.ReadAsync().ToListAsync()).Should().ThrowAsync<VideoSourceException>())
            .WithMessage("*after 1 frames. Read it again; a run that is resumed goes on after them.");
    }

    // 130 is what becomes of a SIGINT, and 129 and 131 of others that do nothing to programs started in the background, as these may be.
    [UnixTheory]
    [InlineData("exit 130", true)]
    [InlineData("exit 129", true)]
    [InlineData("exit 131", true)]
    [InlineData("kill -TERM $$", true)]
    [InlineData("echo '[h264 @ 0x1] [error] a packet is damaged' >&2; kill -9 $$", true)]
    [InlineData("echo '[h264 @ 0x1] [error] a packet is damaged' >&2; " + Told + "printf 123456; kill -9 $$", true, 2)]
    [InlineData("kill -SEGV $$", false)]
    [InlineData("kill -ABRT $$", false)]
    [InlineData("kill -FPE $$", false)]
    [InlineData("exit 145", false)]
    [InlineData("echo '[vf#0:0 @ 0x1] [error] Task finished with error code: -113' >&2; exit 143", false)]
    public async Task Crashes_and_errors_of_ffmpeg_s_own_end_a_video_early(string end, bool isFromOutside, int frames = 1)
    {
        string program = await ProgramAsync("program", $"ulimit -c 0; {Told}printf 123456; {end}");

        (await EndedAsync(program, frames, isEarly: !isFromOutside)).Contains("from outside", StringComparison.Ordinal).Should()
            .Be(isFromOutside);
    }

    [UnixFact]
    public async Task A_probe_that_was_ended_from_outside_left_nothing_to_go_on_with()
    {
        string path = await FileAsync(), killed = await ProgramAsync("killed", "kill -9 $$");

        (await FluentActions.Awaiting(() => FfmpegFrames.OpenAsync(path, new() { Ffprobe = killed })).Should()
            .ThrowAsync<VideoSourceException>()).WithMessage("*ended from outside, as where memory is short. Read it again.");
    }

    [UnixFact]
    public async Task What_is_interrupted_before_its_caller_is_cancelled_is_cancelled()
    {
        // As with Ctrl-C, which all processes of a terminal get.
        string path = await FileAsync(), interrupted = await ProgramAsync("interrupted", Told + "printf 123456; exit 130");
        string probe = await ProgramAsync("probe", "exit 130");
        FfmpegFrames video = FfmpegFrames.FromDevice("x", "y", new() { Ffmpeg = interrupted });
        using CancellationTokenSource stop = new(), stopProbe = new();
        List<VideoFrame> read = [];

        await FluentActions.Awaiting(async () =>
        {
            await foreach (VideoFrame frame in video.ReadAsync(0, stop.Token))
            {
                read.Add(frame);
                stop.CancelAfter(100);
            }
        }).Should().ThrowAsync<OperationCanceledException>();
        read.Should().HaveCount(1);

        stopProbe.CancelAfter(100);
        await FluentActions.Awaiting(() => FfmpegFrames.OpenAsync(path, new() { Ffprobe = probe }, stopProbe.Token)).Should()
            .ThrowAsync<OperationCanceledException>();
    }

    [UnixFact]
    public async Task An_ffmpeg_that_is_too_old_and_one_that_gives_nothing_are_no_fault_of_the_file_s_kind()
    {
        string probe = await ProbeAsync();
        string old = await ProgramAsync(
            "old", "echo \"[error] Unrecognized option 'fps_mode'.\" >&2; echo '[fatal] Option not found' >&2; exit 1");
        string nothing = await ProgramAsync("nothing", "exit 0"), path = await FileAsync();

        const string Remedy = "the installed ffmpeg is too old. Install 5.1 or later";
        (await EndedAsync(old, 0, isEarly: false)).Should().Contain(Remedy);
        (await OfFile(old)).Should().Contain(Remedy);
        (await EndedAsync(nothing, 0, isEarly: false)).Should().Contain("no frame came. Check the device");
        (await OfFile(nothing)).Should().Contain("no frame of it can be decoded. Give another video file.");

        async Task<string> OfFile(string program)
        {
            FfmpegFrames video = await FfmpegFrames.OpenAsync(path, new() { Ffmpeg = program, Ffprobe = probe });
            return (await FluentActions.Awaiting(async () => await video.ReadAsync().ToListAsync()).Should()
                .ThrowAsync<VideoSourceException>()).Which.Message;
        }
    }

    [UnixFact]
    public async Task The_stamp_changes_with_the_file_that_a_link_leads_to()
    {
        string probe = await ProbeAsync(), link = _folder.File("link.mkv"), circle = _folder.File("circle.mkv");
        File.CreateSymbolicLink(link, await FileAsync());
        File.CreateSymbolicLink(circle, circle);

        string? before = await Stamp();
        (await Stamp()).Should().Be(before);
        await File.WriteAllBytesAsync(_folder.File("a.mkv"), [1, 2]);
        (await Stamp()).Should().NotBe(before);
        (await Refused("circle.mkv")).Should().Contain("its links lead back to themselves");

        async Task<string?> Stamp() => (await FfmpegFrames.OpenAsync(link, new() { Ffprobe = probe })).Stamp;
    }

    [RequiresTool("ffmpeg")]
    public async Task A_truncated_file_gives_what_is_there_and_then_says_so()
    {
        string whole = _folder.File("whole.mp4"), early = _folder.File("early.mp4");
        await VideoFiles.MakeAsync(whole, 40, "-c:v", "mpeg4", "-g", "4", "-pix_fmt", "yuv420p", "-movflags", "+faststart");
        VideoFiles.Cut(whole, early, 0.6);
        FfmpegFrames video = await FfmpegFrames.OpenAsync(early);
        List<VideoFrame> frames = [];

        VideoSourceException said = (await FluentActions.Awaiting(async () =>
        {
            await foreach (VideoFrame frame in video.ReadAsync())
            {
                frames.Add(frame);
            }
        }).Should().ThrowAsync<VideoSourceException>()).Which;

        frames.Should().HaveCountGreaterThan(10).And.HaveCountLessThan(38);
        said.EndedEarly.Should().BeTrue();
        said.Message.Should().ContainAll("early.mp4", "ends early", "40 frames", "Copy or record it again.");

        string streamed = _folder.File("whole.mkv"), cut = _folder.File("cut.mkv");
        await VideoFiles.MakeAsync(streamed, 40, Lossless);
        VideoFiles.Cut(streamed, cut, 0.5);
        FfmpegFrames half = await FfmpegFrames.OpenAsync(cut);
        (await FluentActions.Awaiting(async () => await half.ReadAsync().ToListAsync()).Should().ThrowAsync<VideoSourceException>())
            .WithMessage("*cut.mkv*ends early*4 seconds*");
    }

    [RequiresTool("ffmpeg")]
    public async Task A_file_whose_length_is_only_guessed_of_its_size_is_held_to_its_count()
    {
        string whole = _folder.File("whole.avi"), early = _folder.File("early.avi");
        await VideoFiles.MakeOfColorAsync(whole, "red", 640, 480, 40);

        // Where the 21st packet begins: nothing of what is there is damaged, and the guess fits.
        byte[] bytes = await File.ReadAllBytesAsync(whole);
        int packet = bytes.AsSpan().IndexOf("movi"u8);
        for (int i = 0; i < 21; i++)
        {
            packet += 4 + bytes.AsSpan(packet + 4).IndexOf("00dc"u8);
        }

        await File.WriteAllBytesAsync(early, bytes[..packet]);

        FfmpegFrames video = await FfmpegFrames.OpenAsync(whole), cut = await FfmpegFrames.OpenAsync(early);

        (await Decoded(video)).Should().HaveCount(40);
        (await FluentActions.Awaiting(async () => await cut.ReadAsync().ToListAsync()).Should().ThrowAsync<VideoSourceException>())
            .WithMessage("*early.avi*ends early*40 frames, and 20 of them*");
    }

    [RequiresTool("ffmpeg")]
    public async Task Arguments_that_choose_other_frames_make_another_stamp()
    {
        string whole = _folder.File("whole.mkv");
        await VideoFiles.MakeAsync(whole, 4, Lossless);
        FfmpegFrames plain = await FfmpegFrames.OpenAsync(whole), same = await FfmpegFrames.OpenAsync(whole, new());
        FfmpegFrames other = await FfmpegFrames.OpenAsync(whole, new() { InputArguments = ["-fflags", "+genpts"] });

        same.Stamp.Should().Be(plain.Stamp);
        other.Stamp.Should().StartWith(plain.Stamp).And.EndWith("\n-fflags\n+genpts");
    }

    [RequiresTool("ffmpeg")]
    public async Task A_file_that_was_trimmed_without_encoding_is_whole()
    {
        string whole = _folder.File("whole.mp4"), trimmed = _folder.File("trimmed.mp4"), cut = _folder.File("cut.mp4");
        await VideoFiles.MakeAsync(
            whole, 40, "-c:v", "mpeg4", "-g", "20", "-sc_threshold", "1000000000", "-pix_fmt", "yuv420p");
        await VideoFiles.FfmpegAsync("-ss", "1.5", "-i", whole, "-c", "copy", "-movflags", "+faststart", trimmed);
        VideoFiles.Cut(trimmed, cut, 0.7);

        FfmpegFrames video = await FfmpegFrames.OpenAsync(trimmed), early = await FfmpegFrames.OpenAsync(cut);

        video.FrameCount.Should().Be(40, "the file has frames that its edit list leaves out");
        (await Decoded(video)).Should().HaveCount(25);
        (await FluentActions.Awaiting(async () => await early.ReadAsync().ToListAsync()).Should().ThrowAsync<VideoSourceException>())
            .Which.EndedEarly.Should().BeTrue();
    }

    [RequiresTool("ffmpeg")]
    public async Task A_file_that_is_no_video_is_refused_in_one_line()
    {
        string movie = _folder.File("whole.mp4");
        await VideoFiles.MakeAsync(movie, 40, "-c:v", "mpeg4", "-pix_fmt", "yuv420p");
        VideoFiles.Cut(movie, _folder.File("cut.mp4"), 0.6);
        await VideoFiles.FfmpegAsync("-f", "lavfi", "-i", "sine=d=0.2", _folder.File("sound.wav"));
        await File.WriteAllTextAsync(_folder.File("text.txt"), "no video\n");
        await File.WriteAllTextAsync(_folder.File("text.mp4"), "no video either\n");
        await File.WriteAllBytesAsync(_folder.File("noise.avi"), [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7919 >> 3))]);
        await File.WriteAllBytesAsync(_folder.File("empty.mp4"), []);

        (await Refused("cut.mp4")).Should().Contain("it is truncated: the index at its end is missing");
        (await Refused("sound.wav")).Should().Contain("it has no video in it");
        (await Refused("text.txt")).Should().Contain("it is no video");
        (await Refused("text.mp4")).Should().Contain("it is no video");
        (await Refused("noise.avi")).Should().Contain("it is no video");
        (await Refused("empty.mp4")).Should().Contain("it is empty");
        (await Refused("none.mp4")).Should().Contain("there is no such file");
    }

    [RequiresTool("ffmpeg")]
    public async Task A_device_is_read_until_the_loop_is_left()
    {
        FfmpegFrames camera = FfmpegFrames.FromDevice("testsrc=s=32x24:r=20", "lavfi");
        List<VideoFrame> frames = [];
        await foreach (VideoFrame frame in camera.ReadAsync())
        {
            frames.Add(frame);
            if (frames.Count == 5)
            {
                break;
            }
        }

        frames.Select(frame => Math.Round(frame.Time, 3)).Should().Equal(0, 0.05, 0.1, 0.15, 0.2);
        (camera.FrameCount, camera.Stamp).Should().Be(((long?)null, (string?)null));
        (await FluentActions.Awaiting(async () => await FfmpegFrames.FromDevice("none", "lavfi").ReadAsync().ToListAsync()).Should()
            .ThrowAsync<VideoSourceException>()).WithMessage("*ffmpeg says*");
    }

    [Fact]
    public async Task Without_ffmpeg_the_message_says_what_to_install()
    {
        await File.WriteAllBytesAsync(_folder.File("a.mp4"), [1, 2, 3]);
        FfmpegOptions absent = new() { Ffmpeg = "ffmpeg-that-is-not-there", Ffprobe = "ffprobe-that-is-not-there" };

        (await FluentActions.Awaiting(() => FfmpegFrames.OpenAsync(_folder.File("a.mp4"), absent)).Should()
            .ThrowAsync<VideoSourceException>()).WithMessage(
            "*ffprobe-that-is-not-there is not installed or not on the path. Install ffmpeg, or give a folder of numbered images.");
        (await FluentActions.Awaiting(async () => await FfmpegFrames.FromDevice("x", "y", absent).ReadAsync().ToListAsync()).Should()
            .ThrowAsync<VideoSourceException>()).WithMessage("*ffmpeg-that-is-not-there*");
    }

    // Of a file without a length, in ffprobe's place.
    private Task<string> ProbeAsync() =>
        ProgramAsync("probe", """echo '{"streams":[{"width":2}],"format":{"format_name":"x"}}'""");

    private async Task<string> FileAsync()
    {
        string path = _folder.File("a.mkv");
        await File.WriteAllBytesAsync(path, [1]);
        return path;
    }

    // In ffmpeg's place.
    private async Task<string> ProgramAsync(string name, string script)
    {
        string path = _folder.File(name);
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{script}\n");
        (await ChildProcess.RunAsync("chmod", ["+x", path])).ExitCode.Should().Be(0);
        return path;
    }

    private static async Task<string> EndedAsync(string program, int frames, bool isEarly)
    {
        FfmpegFrames video = FfmpegFrames.FromDevice("x", "y", new() { Ffmpeg = program });
        video.LogPatience = TimeSpan.FromSeconds(5);
        List<VideoFrame> read = [];
        VideoSourceException said = (await FluentActions.Awaiting(async () =>
        {
            await foreach (VideoFrame frame in video.ReadAsync())
            {
                read.Add(frame);
            }
        }).Should().ThrowAsync<VideoSourceException>()).Which;
        read.Should().HaveCount(frames);
        said.EndedEarly.Should().Be(isEarly);
        return said.Message;
    }

    private async Task<string> Refused(string name)
    {
        string message = (await FluentActions.Awaiting(() => FfmpegFrames.OpenAsync(_folder.File(name))).Should()
            .ThrowAsync<VideoSourceException>()).Which.Message;
        message.Should().Contain(name).And.NotContain("\n");
        return message;
    }

    private static async Task<List<(VideoFrame Frame, RgbImage Pixels)>> Decoded(FfmpegFrames video, long first = 0) =>
        [.. (await video.ReadAsync(first).ToListAsync()).Select(frame => (frame, frame.Image!.Decode()))];
}
