using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.Video;

/// <summary>
/// The frames of any file that an installed ffmpeg reads, or of a device such as a camera. Each decoded frame is given out once, with the
/// time that the file says, upright where the file says how it was held.
/// </summary>
/// <remarks>
/// ffmpeg runs as a process that writes packed pixels to a pipe: it waits when the pipe is full, so that memory does not grow, and ends
/// with the loop that reads it. The file's own format and codec are its business; nothing but local files is opened for a file.
/// </remarks>
public sealed class FfmpegFrames : IFrameSource
{
    private const string ProbeEntries =
        "stream=width,height,r_frame_rate,avg_frame_rate,nb_frames,duration:stream_tags=rotate:stream_side_data=rotation" +
        ":format=format_name,duration:packet=pts_time";

    private const string PacketsLookedAt = "%+#300";

    // A file may say a frame or two more than can be decoded; and half a second more than its video takes, for its sound.
    private const double LeastShare = 0.99;
    private const double MostSeconds = 0.5;

    // Of a source that does not say its own.
    private const double UsualRate = 30;

    private static readonly string[] MovieBoxes = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"];

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
    /// <remarks>Path, size and time of change, and arguments of the input; null for a device.</remarks>
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
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new VideoSourceException(path, "there is no such file", "Check the path.");
        }

        if (file.Length == 0)
        {
            throw new VideoSourceException(path, "it is empty", "Copy or record it again.");
        }

        // Not a name that could be an option or an address, and no other protocol, which a playlist could name.
        string[] input = ["-protocol_whitelist", "file", .. options.InputArguments, "-i", $"file:{file.FullName}"];
        (int exitCode, string output, string error) = await FfmpegProcess.RunAsync(
            options.Ffprobe,
            [
                "-v", "error", "-select_streams", "V:0", "-show_entries", ProbeEntries, "-read_intervals", PacketsLookedAt, "-of", "json",
                .. input,
            ],
            path, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw Refusal(path, error);
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
    /// macOS, <c>("video=NAME", "dshow")</c> on Windows. Its end is never; stop reading by the token, or by leaving the loop.
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
                "-vf", "showinfo=checksum=0", "-noautoscale", "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1",
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
            if (pipe.EndedWithinFrame && process.ExitCode == 0)
            {
                throw VideoSourceException.Garbled(Name, index);
            }

            Check(index, clock.Seconds, process.ExitCode, log.Errors);
        }
        finally
        {
            FfmpegProcess.End(process);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Check(long frames, double seconds, int exitCode, List<string> errors)
    {
        if (frames == 0)
        {
            throw _probe is null
                ? new VideoSourceException(Name, $"ffmpeg says: {Last(errors)}", "Check the device's name and whether it is in use.")
                : Refusal(Name, string.Join('\n', errors));
        }

        double end = seconds + (1 / (FramesPerSecond ?? UsualRate));
        bool isShort = _probe is { Duration: { } length } && end < Math.Min(length - MostSeconds, LeastShare * length);

        // A file that was cut without encoding it anew keeps frames that its edit list leaves out: fewer, and nothing is amiss. Formats
        // without such lists have frames left out in between at most; what ffmpeg says of their length may be a guess by their size.
        bool isWhole = _probe is { Duration: not null } && !isShort && errors.Count == 0
            && (_probe.HasEditLists || (_probe is { Frames: { } all, FramesPerSecond: { } rate } && end >= LeastShare * all / rate));
        if (_probe is { IsCounted: true, Frames: { } counted } && frames < Math.Min(counted - 2, LeastShare * counted) && !isWhole)
        {
            throw VideoSourceException.Cut(Name, string.Create(
                CultureInfo.InvariantCulture, $"it says that it has {counted} frames, and {frames} of them can be decoded"));
        }

        if (isShort && errors.Count > 0)
        {
            throw VideoSourceException.Cut(Name, string.Create(CultureInfo.InvariantCulture,
                $"it says that it takes {_probe!.Duration:0.#} seconds, and {end:0.#} of them can be decoded ({Last(errors)})"));
        }

        if (exitCode != 0)
        {
            throw VideoSourceException.Cut(
                Name, string.Create(CultureInfo.InvariantCulture, $"after {frames} frames ffmpeg says: {Last(errors)}"));
        }
    }

    private static VideoSourceException Refusal(string path, string error) =>
        error.Contains("moov atom not found", StringComparison.Ordinal) && BeginsAsMovie(path)
            ? new(path, "it is truncated: the index at its end is missing (moov atom not found)", "Copy or record it again.")
            : error.Contains("Invalid data found", StringComparison.Ordinal)
                || error.Contains("moov atom not found", StringComparison.Ordinal)
                ? new(path, "it is no video, or damaged at its beginning", "Give a video file, or a folder of numbered images.")
                : new(path, $"ffmpeg says: {Last(error.Split('\n'))}", "Give another video file.");

    // MP4 and QuickTime begin with a box of one of these kinds; whatever else has their ending is none.
    private static bool BeginsAsMovie(string path)
    {
        Span<byte> beginning = stackalloc byte[8];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == beginning.Length
            && MovieBoxes.Contains(Encoding.Latin1.GetString(beginning[4..]));
    }

    // Without its own prefix, the name of the file, and the full stop.
    private static string Last(IEnumerable<string> errors) =>
        (errors.LastOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "nothing").Trim().Split("] ")[^1].TrimEnd('.');

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
    }
}
