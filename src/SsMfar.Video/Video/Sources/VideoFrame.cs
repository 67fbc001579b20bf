using SsMfar.Inference;

namespace SsMfar.Video;

/// <summary>A frame of a video, yet to be read.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Time">Its time in seconds; that of the first frame is 0.</param>
/// <param name="Image">Its picture; null for a frame that is missing.</param>
/// <param name="Reason">Why it is missing, as a clause; null where it is there.</param>
public sealed record VideoFrame(long Index, double Time, FaceImage? Image, string? Reason = null)
{
    /// <summary>
    /// Gets the file that the frame is, relative to the source; <see langword="null"/> for a frame of a video and for one that is missing.
    /// </summary>
    public string? FileName { get; init; }

    /// <summary>
    /// Gets the number at the end of the file's name, or that a missing file would have; <see langword="null"/> where frames have none.
    /// </summary>
    public int? Number { get; init; }
}
