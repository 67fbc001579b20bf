using System.Globalization;

namespace SsMfar.Video;

/// <summary>What there was in a video.</summary>
/// <param name="Frames">The frames; the table has at least a row for each.</param>
/// <param name="WithFace">Those with a face.</param>
/// <param name="Tracks">The tracks. A track is not an identity.</param>
/// <param name="Failed">The frames that are missing or could not be read.</param>
/// <param name="Problem">Why the video ended early, as a message; null where it did not.</param>
public sealed record VideoSummary(long Frames, long WithFace, int Tracks, long Failed, string? Problem = null)
{
    /// <summary>Gets the faces of all frames together.</summary>
    public long Faces { get; init; }

    /// <summary>Gets those for which the model gives no numbers (<see cref="TrackedFace.Error"/>).</summary>
    public long FailedFaces { get; init; }

    /// <summary>Gets why the first of these has none, as a sentence; <see langword="null"/> where there is no such face.</summary>
    public string? FirstFaceError { get; init; }

    /// <summary>Returns the numbers in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Frames} frames, {WithFace} with a face, {Tracks} tracks, {Failed} not read" +
            $"{(FailedFaces == 0 ? "" : $", {FailedFaces} of {Faces} faces without a reading")}");
}
