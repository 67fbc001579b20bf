using System.Globalization;
using System.Text;

namespace SsMfar.Video;

/// <summary>What the end of ffmpeg says of a video: whether all of it was read, and if not why.</summary>
/// <param name="source">The video as the caller named it.</param>
/// <param name="probe">What the file says; null for a device.</param>
/// <param name="rate">The frames a second.</param>
internal sealed class FfmpegEnd(string source, VideoProbe? probe, double rate)
{
    // A file may say a frame or two more than can be decoded; and half a second more than its video takes, for its sound.
    private const double LeastShare = 0.99;
    private const double MostSeconds = 0.5;

    // Unix adds a signal's number to 128: SIGHUP, SIGINT, SIGQUIT and SIGTERM, and SIGKILL, which no program sends itself. Others are
    // crashes, which the video would cause again.
    private static readonly int[] FromOutside = [129, 130, 131, 143];
    private const int Killed = 137;

    // What ffmpeg ends with where a signal asked it to.
    private const int Asked = 255;

    // Ctrl-C reaches ffmpeg too, and may do so before this process has cancelled what reads it.
    private static readonly TimeSpan InterruptionPatience = TimeSpan.FromSeconds(2);

    // The options that releases before 5.1 do not know.
    private static readonly string[] NewOptions = ["Unrecognized option 'fps_mode'", "Unrecognized option 'noautoscale'"];

    private static readonly string[] MovieBoxes = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"];

    /// <summary>Whether somebody ended a process. Windows has no such exit codes.</summary>
    /// <param name="exitCode">What it ended with. ffmpeg 6.1 and later end with such numbers also for errors of their own.</param>
    /// <param name="saysWhy">Whether its last words are an error.</param>
    public static bool IsFromOutside(int exitCode, bool saysWhy) => 
        exitCode == Killed || (!saysWhy && FromOutside.Contains(exitCode));

    /// <summary>Whether somebody ended ffmpeg.</summary>
    public static bool IsFromOutside(int exitCode, FfmpegLog log) =>
        IsFromOutside(exitCode, log.EndsWithError) || (exitCode == Asked && log.WasAskedToEnd);

    /// <summary>Throws where this process is interrupted: its children are too, and that is no end of a video.</summary>
    /// <param name="isFromOutside">Whether somebody ended it.</param>
    /// <param name="cancellationToken">Cancelled at once, or soon, where this process is interrupted.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task ThrowIfInterruptedAsync(bool isFromOutside, CancellationToken cancellationToken)
    {
        if (isFromOutside && cancellationToken.CanBeCanceled)
        {
            await Task.Delay(InterruptionPatience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <param name="frames">The frames that came.</param>
    /// <param name="seconds">The last one's time.</param>
    /// <param name="exitCode">What ffmpeg ended with.</param>
    /// <param name="log">What it said.</param>
    /// <exception cref="VideoSourceException">Not all of the video was read.</exception>
    public void Check(long frames, double seconds, int exitCode, FfmpegLog log)
    {
        // The video may be whole, so that this is no end of it.
        if (IsFromOutside(exitCode, log))
        {
            throw VideoSourceException.Killed(source, frames, isFile: probe is not null);
        }

        List<string> errors = log.Errors;
        if (frames == 0)
        {
            throw probe is null && !IsTooOld(errors)
                ? new VideoSourceException(
                    source, errors.Count == 0 ? "no frame came" : $"ffmpeg says: {Last(errors)}",
                    "Check the device's name and whether it is in use.")
                : Refusal(source, string.Join('\n', errors));
        }

        double end = seconds + (1 / rate);
        bool isShort = probe is { Duration: { } length } && end < Math.Min(length - MostSeconds, LeastShare * length);

        // A file that was cut without encoding it anew keeps frames that its edit list leaves out: fewer, and nothing is amiss. Formats
        // without such lists have frames left out in between at most; what ffmpeg says of their length may be a guess by their size.
        bool isWhole = probe is { Duration: not null } && !isShort && errors.Count == 0
            && (probe.HasEditLists || (probe is { Frames: { } all, FramesPerSecond: { } pace } && end >= LeastShare * all / pace));
        if (probe is { IsCounted: true, Frames: { } counted } && frames < Math.Min(counted - 2, LeastShare * counted) && !isWhole)
        {
            throw VideoSourceException.Cut(source, string.Create(
                CultureInfo.InvariantCulture, $"it says that it has {counted} frames, and {frames} of them can be decoded"));
        }

        if (isShort && errors.Count > 0)
        {
            throw VideoSourceException.Cut(source, string.Create(CultureInfo.InvariantCulture,
                $"it says that it takes {probe!.Duration:0.#} seconds, and {end:0.#} of them can be decoded ({Last(errors)})"));
        }

        if (exitCode != 0)
        {
            throw VideoSourceException.Cut(
                source, string.Create(CultureInfo.InvariantCulture, $"after {frames} frames ffmpeg says: {Last(errors)}"));
        }
    }

    /// <summary>A video of which nothing can be read.</summary>
    /// <param name="path">The video.</param>
    /// <param name="error">What ffmpeg or ffprobe says.</param>
    public static VideoSourceException Refusal(string path, string error) =>
        IsTooOld([error])
            ? new(path, "the installed ffmpeg is too old", "Install 5.1 or later, or give a folder of numbered images.")
            : error.Contains("moov atom not found", StringComparison.Ordinal) && BeginsAsMovie(path)
            ? new(path, "it is truncated: the index at its end is missing (moov atom not found)", "Copy or record it again.")
            : error.Contains("Invalid data found", StringComparison.Ordinal)
                || error.Contains("moov atom not found", StringComparison.Ordinal)
                ? new(path, "it is no video, or damaged at its beginning", "Give a video file, or a folder of numbered images.")
                : new(
                    path, string.IsNullOrWhiteSpace(error) ? "no frame of it can be decoded" : $"ffmpeg says: {Last(error.Split('\n'))}",
                    "Give another video file.");

    private static bool IsTooOld(IEnumerable<string> errors) =>
        errors.Any(error => NewOptions.Any(option => error.Contains(option, StringComparison.Ordinal)));

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
}
