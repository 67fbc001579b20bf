using SsMfar.Faces;

namespace SsMfar.Video;

/// <summary>Counts frames as they are read.</summary>
internal sealed class VideoCounter
{
    private long _withFace;
    private long _failed;
    private long _faces;
    private long _failedFaces;
    private string? _firstFaceError;

    /// <summary>Gets the number of frames so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Counts a frame.</summary>
    public void Add(FrameResult frame)
    {
        Frames++;
        _withFace += frame.Faces.IsEmpty ? 0 : 1;
        _failed += frame.Failed ? 1 : 0;
        _faces += frame.Faces.Length;
        foreach (string? error in frame.Faces.Select(face => face.Error))
        {
            _failedFaces += error is null ? 0 : 1;
            _firstFaceError ??= error;
        }
    }

    /// <summary>What there was.</summary>
    /// <param name="tracker">Knows how many tracks there were.</param>
    /// <param name="problem">Why the video ended early; null where it did not.</param>
    public VideoSummary Summary(FaceTracker tracker, string? problem) => new(Frames, _withFace, tracker.Count, _failed, problem)
    {
        Faces = _faces,
        FailedFaces = _failedFaces,
        FirstFaceError = _firstFaceError,
    };
}
