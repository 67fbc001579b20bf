using SsMfar.ConsoleApp.Shell;
using SsMfar.Video;

namespace SsMfar.ConsoleApp.Videos;

/// <summary>Shows how far a video is read.</summary>
internal sealed class VideoProgressView(ProgressView view) : IProgress<VideoProgress>
{
    public void Report(VideoProgress value) => view.Show(
        value.IsDrawing ? "drawing" : "reading",
        value.FrameCount is { } count and > 0 ? Math.Min(1, value.Frames / (double)count) : 0,
        FormattableString.Invariant(
            $"{value.Frames}{(value.FrameCount is { } all ? $"/{all}" : "")} frames, {value.FramesPerSecond:F1}/s"),
        value.Remaining ?? TimeSpan.Zero);
}
