using SsMfar.Imaging;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Video files through ffmpeg, good and bad.</summary>
public sealed class FfmpegFramesTests : IDisposable
{
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
