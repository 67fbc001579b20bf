using System.Diagnostics;
using System.Globalization;

namespace SsMfar.Video;

/// <summary>How far the reading of a video is.</summary>
/// <param name="Frames">The frames that are done, those of an earlier run included.</param>
/// <param name="FrameCount">The frames of the video, also roughly; null where nobody knows.</param>
/// <param name="FramesPerSecond">The frames a second since this run began.</param>
public sealed record VideoProgress(long Frames, long? FrameCount, double FramesPerSecond)
{
    /// <summary>
    /// Gets whether the frames are those of the second pass of a <see cref="VideoRun"/>, which draws a page or marked frames.
    /// </summary>
    public bool IsDrawing { get; init; }

    /// <summary>Gets the time left; null where nobody knows.</summary>
    public TimeSpan? Remaining => FrameCount is { } count && FramesPerSecond > 0
        ? TimeSpan.FromSeconds(Math.Max(0, count - Frames) / FramesPerSecond) : null;

    /// <summary>Returns the numbers in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Frames}{(FrameCount is { } count ? $" of {count}" : "")} frames{(IsDrawing ? " drawn" : "")}, {FramesPerSecond:0.#}/s" +
            $"{(Remaining is { } left ? $", {(long)left.TotalHours}:{left:mm\\:ss} left" : "")}");

    /// <summary>What there is to tell after a frame.</summary>
    /// <param name="before">The frames that an earlier run did.</param>
    /// <param name="done">Those of this one.</param>
    /// <param name="count">Those of the video.</param>
    /// <param name="start">When this run began, as a <see cref="Stopwatch"/> has it.</param>
    internal static VideoProgress Of(long before, long done, long? count, long start) =>
        new(before + done, count, done / Math.Max(1e-3, Stopwatch.GetElapsedTime(start).TotalSeconds));
}
