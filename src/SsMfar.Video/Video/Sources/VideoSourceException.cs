using System.Globalization;

namespace SsMfar.Video;

/// <summary>A video that cannot be had, or not to its end. The message names it, the reason and a remedy.</summary>
public sealed class VideoSourceException : SsMfarException
{
    // What is said of a reading that was ended from outside and cannot be gone on with.
    private const string Again = "Read it again.";

    /// <summary>Creates the exception.</summary>
    /// <param name="source">The video as the caller named it.</param>
    /// <param name="reason">What is wrong, as a clause: "it is truncated".</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public VideoSourceException(string source, string reason, string remedy, Exception? innerException = null)
        : base($"The video '{source}' cannot be read: {reason}. {remedy}", remedy, innerException) => (Video, Reason) = (source, reason);

    private VideoSourceException(string source, string reason, string remedy, bool endedEarly)
        : base($"The video '{source}' {(endedEarly ? "ends early" : "cannot be read")}: {reason}. {remedy}", remedy) =>
        (Video, Reason, EndedEarly) = (source, reason, endedEarly);

    /// <summary>Gets the video as the caller named it.</summary>
    public string Video { get; }

    /// <summary>Gets what is wrong, as a clause.</summary>
    public string Reason { get; }

    /// <summary>Gets whether frames were read before it ended, so that there are results up to there.</summary>
    public bool EndedEarly { get; }

    /// <summary>Gets whether the reading was ended from outside.</summary>
    internal bool WasKilled { get; private init; }

    /// <summary>A video whose end is missing.</summary>
    internal static VideoSourceException Cut(string source, string reason) =>
        new(source, reason, "Copy or record it again.", endedEarly: true);

    /// <summary>A video whose reading was ended from outside: there may be more of it, so that it is none that ends early.</summary>
    /// <param name="source">The video as the caller named it.</param>
    /// <param name="frames">The frames that were read.</param>
    /// <param name="isFile">Whether it can be read twice, so that a run can be resumed.</param>
    internal static VideoSourceException Killed(string source, long frames, bool isFile) => new(
        source,
        "ffmpeg was ended from outside, as where memory is short" +
            (frames == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", after {frames} frames")),
        isFile && frames > 0 ? "Read it again; a run that is resumed goes on after them." : Again)
    {
        WasKilled = true,
    };

    /// <summary>Of a reading that was ended from outside: the same where nothing was kept that a run could go on with.</summary>
    /// <param name="hasResults">Whether there are results up to there, so that it is a video that ends early.</param>
    internal VideoSourceException WithoutResuming(bool hasResults) =>
        hasResults ? new(Video, Reason, Again, endedEarly: true) : new(Video, Reason, Again);

    /// <summary>A source whose times do not go up; what was read before is kept.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="before">The time of the frame before it, where there is one.</param>
    /// <param name="isFirst">Whether no frame came before it.</param>
    internal static VideoSourceException OutOfOrder(string source, VideoFrame frame, double before, bool isFirst) => new(
        source,
        string.Create(
            CultureInfo.InvariantCulture,
            $"frame {frame.Index} is at {frame.Time} s{(isFirst ? "" : $", and frame {frame.Index - 1} at {before} s")}"),
        "Give frames whose times are numbers and go up.",
        endedEarly: !isFirst);

    /// <summary>A video of which ffmpeg gives more pixels than it tells of, or fewer.</summary>
    internal static VideoSourceException Garbled(string source, long frames) => new(
        source,
        string.Create(CultureInfo.InvariantCulture, $"after {frames} frames ffmpeg gives other pixels than it tells of"),
        "Install another release of ffmpeg, 5.1 or later, or give a folder of numbered images.",
        endedEarly: frames > 0);
}
