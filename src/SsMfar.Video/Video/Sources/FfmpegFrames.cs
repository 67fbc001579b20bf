using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// The frames of any file that an installed ffmpeg reads, or of a device such as a camera. Each decoded frame is given out once, with the
/// time that the file says, upright where the file says how it was held, and of square pixels where it says that its own are not.
/// </summary>
/// <remarks>
/// ffmpeg runs as a process that writes packed pixels to a pipe: it waits when the pipe is full, so that memory does not grow, and ends
/// with the loop that reads it. The file's own format and codec are its business; nothing but local files is opened for a file.
/// </remarks>
public sealed class FfmpegFrames : IFrameSource
{
    private const string ProbeEntries =
        "stream=width,height,sample_aspect_ratio,r_frame_rate,avg_frame_rate,nb_frames,duration:stream_tags=rotate" +
        ":stream_side_data=rotation:format=format_name,duration:packet=pts_time";

    private const string PacketsLookedAt = "%+#300";

    // Pixels that are not square become so by more of them; each frame says its own shape, and what is none is left (VideoProbe).
    private const string Shape = "if(between(sar,0.125,8),sar,1)";
    private const string Squares = $"scale=w='round(iw*max({Shape},1))':h='round(ih/min({Shape},1))',setsar=1,";

    // Of a source that does not say its own.
    private const double UsualRate = 30;

    private readonly FfmpegOptions _options;
    private readonly string[] _input;
    private readonly VideoProbe? _probe;

    private FfmpegFrames(string name, FfmpegOptions options, string[] input, VideoProbe? probe, string? stamp)
    {
        (Name, _options, _input, _probe, Stamp) = (name, options, input, probe, stamp);
        Notes = probe is null ? [] : [.. NotesOf(probe)];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long? FrameCount => _probe?.Frames;

    /// <summary>Gets the frames a second that the file says, on the average; null where it does not.</summary>
    public double? FramesPerSecond => _probe?.FramesPerSecond;

    /// <summary>Gets whether the times between frames differ.</summary>
    public bool HasVariableRate => _probe?.IsVariable ?? false;

    /// <summary>Gets by how many degrees clockwise frames are turned to be upright, 0 to 359.</summary>
    public int Rotation => _probe?.Rotation ?? 0;

    /// <inheritdoc/>
    /// <remarks>Path, size and time of change of the file, not of links to it, and arguments of the input; null for a device.</remarks>
    public string? Stamp { get; }

    /// <inheritdoc/>
    public ImmutableArray<string> Notes { get; }

    /// <summary>Gets or sets how long after pixels the log may speak of them.</summary>
    internal TimeSpan LogPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Opens a video file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which programs read it; those on the path when null.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="VideoSourceException">
    /// There is no such file, it is no video or truncated, or ffmpeg is not installed; the message says which.
    /// </exception>
    public static async Task<FfmpegFrames> OpenAsync(
        string path, FfmpegOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        FileInfo file = FileOf(path);
        if (!file.Exists)
        {
            throw new VideoSourceException(path, "there is no such file", "Check the path.");
        }

        if (file.Length == 0)
        {
            throw new VideoSourceException(path, "it is empty", "Copy or record it again.");
        }

        // Not a name that could be an option or an address, and no other protocol, which a playlist could name.
        string[] input = ["-protocol_whitelist", "file", .. options.InputArguments, "-i", $"file:{Path.GetFullPath(path)}"];
        (int exitCode, string output, string error) = await FfmpegProcess.RunAsync(
            options.Ffprobe,
            [
                "-v", "error", "-select_streams", "V:0", "-show_entries", ProbeEntries, "-read_intervals", PacketsLookedAt, "-of", "json",
                .. input,
            ],
            path, cancellationToken).ConfigureAwait(false);
        bool isFromOutside = FfmpegEnd.IsFromOutside(exitCode, saysWhy: !string.IsNullOrWhiteSpace(error));
        await FfmpegEnd.ThrowIfInterruptedAsync(isFromOutside, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw isFromOutside ? VideoSourceException.Killed(path, 0, isFile: true) : FfmpegEnd.Refusal(path, error);
        }

        VideoProbe? probe = VideoProbe.Read(output);
        if (probe is null || probe.Format == "tty")
        {
            throw new VideoSourceException(path, probe is null ? "it has no video in it" : "it is a text, not a video",
                "Give a video file, or a folder of numbered images.");
        }

        // Arguments may choose other frames.
        string stamp = string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}");
        return new(path, options, input, probe, string.Join('\n', [stamp, .. options.InputArguments]));
    }

    /// <summary>
    /// A device that ffmpeg reads, such as a camera: <c>FromDevice("/dev/video0", "v4l2")</c> on Linux, <c>("0", "avfoundation")</c> on
    /// macOS, <c>("video=NAME", "dshow")</c> on Windows. Its end is never; stop reading by the token, or by leaving the loop. A
    /// <see cref="VideoRun"/> that is stopped so writes the frames that were read.
    /// </summary>
    /// <param name="device">The device as ffmpeg names it.</param>
    /// <param name="format">ffmpeg's name of the kind of device.</param>
    /// <param name="options">Which programs read it, and what else to say of the device.</param>
    public static FfmpegFrames FromDevice(string device, string format, FfmpegOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(device);
        ArgumentException.ThrowIfNullOrEmpty(format);
        options ??= new();
        return new(device, options, ["-f", format, .. options.InputArguments, "-i", device], null, null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VideoFrame> ReadAsync(
        long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Frames stay as large as the filter saw them: ffmpeg would scale all of them to the first one's size after it.
        using Process process = FfmpegProcess.Start(
            _options.Ffmpeg,
            [
                "-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+info", .. _input, "-map", "0:V:0",
                "-vf", $"{(_probe?.PixelShape is null ? "" : Squares)}showinfo=checksum=0", "-noautoscale",
                "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1",
            ],
            Name);
        FfmpegLog log = new();
        FfmpegPixels pipe = new(Name, process.StandardOutput.BaseStream, log, LogPatience);
        Task reading = log.ReadAsync(process.StandardError);
        try
        {
            long index = 0;
            FrameClock clock = new(FramesPerSecond ?? UsualRate);
            while (await pipe.NextAsync(cancellationToken).ConfigureAwait(false) is (var info, var pixels))
            {
                double time = clock.Next(info.Time);
                if (index >= first)
                {
                    yield return new(index, time, FaceImage.FromPixels(
                        new RgbImage(info.Width, info.Height, pixels), name: $"{Name}, frame {index}"));
                }

                index++;
            }

            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            await reading.ConfigureAwait(false);

            await FfmpegEnd.ThrowIfInterruptedAsync(FfmpegEnd.IsFromOutside(process.ExitCode, log), cancellationToken)
                .ConfigureAwait(false);
            if (pipe.EndedWithinFrame && process.ExitCode == 0)
            {
                throw VideoSourceException.Garbled(Name, index);
            }

            new FfmpegEnd(Name, _probe, FramesPerSecond ?? UsualRate).Check(index, clock.Seconds, process.ExitCode, log);
        }
        finally
        {
            FfmpegProcess.End(process);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Of a link that which it leads to: its own size and time stay as they are.
    private static FileInfo FileOf(string path)
    {
        try
        {
            return new(RealPath.Of(path));
        }
        catch (IOException circle)
        {
            throw new VideoSourceException(path, "its links lead back to themselves", "Check the path.", circle);
        }
    }

    private static IEnumerable<string> NotesOf(VideoProbe probe)
    {
        if (probe.IsVariable)
        {
            yield return "The frame rate varies: times are those of each frame.";
        }

        if (probe.Rotation != 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The video says that its frames are to be turned by {probe.Rotation} degrees: they are read upright.");
        }

        if (probe.PixelShape is { } shape)
        {
            yield return $"The video says that its pixels are {shape} and not square: frames are read as they are to be shown.";
        }
    }
}
