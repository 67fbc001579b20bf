using System.Globalization;

namespace SsMfar.Video;

/// <summary>How far the reading of a video is.</summary>
/// <param name="Frames">The frames that are done, those of an earlier run included.</param>
/// <param name="FrameCount">The frames of the video, also roughly; null where nobody knows.</param>
/// <param name="FramesPerSecond">The frames a second since this run began.</param>
public sealed record VideoProgress(long Frames, long? FrameCount, double FramesPerSecond)
{
    /// <summary>Gets the time left; null where nobody knows.</summary>
    public TimeSpan? Remaining => FrameCount is { } count && FramesPerSecond > 0
        ? TimeSpan.FromSeconds(Math.Max(0, count - Frames) / FramesPerSecond) : null;

    /// <summary>Returns the numbers in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Frames}{(FrameCount is { } count ? $" of {count}" : "")} frames, {FramesPerSecond:0.#}/s" +
            $"{(Remaining is { } left ? $", {(long)left.TotalHours}:{left:mm\\:ss} left" : "")}");
}
