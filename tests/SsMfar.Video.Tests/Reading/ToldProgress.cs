using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Keeps what is told.</summary>
internal sealed class ToldProgress : IProgress<VideoProgress>
{
    public List<VideoProgress> Told { get; } = [];

    public void Report(VideoProgress value) => Told.Add(value);
}
