using System.Collections.Immutable;
using System.Globalization;

namespace SsMfar.Video;

/// <summary>
/// What was read in a frame. Every frame of a video has one: a frame without a face has the reason in place of faces. Immutable.
/// </summary>
public sealed class FrameResult
{
    /// <summary>Makes the result of a frame with faces.</summary>
    /// <param name="index">The frame's number, from 0.</param>
    /// <param name="time">The frame's time in seconds, from 0.</param>
    /// <param name="faces">At least one face.</param>
    /// <exception cref="ArgumentException">There is no face.</exception>
    public FrameResult(long index, double time, ImmutableArray<TrackedFace> faces)
    {
        if (faces.IsDefaultOrEmpty)
        {
            throw new ArgumentException("A frame without a face has a reason.", nameof(faces));
        }

        (Index, Time, Faces) = (index, time, faces);
    }

    /// <summary>Makes the result of a frame without a face.</summary>
    /// <param name="index">The frame's number, from 0.</param>
    /// <param name="time">The frame's time in seconds, from 0.</param>
    /// <param name="reason">Why there is none, as a clause: "no face was found".</param>
    /// <param name="failed">Whether the frame could not be read, so that nobody knows of its faces.</param>
    public FrameResult(long index, double time, string reason, bool failed = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        (Index, Time, Faces, Reason, Failed) = (index, time, [], reason, failed);
    }

    /// <summary>Gets the frame's number, from 0.</summary>
    public long Index { get; }

    /// <summary>Gets the frame's time in seconds; that of the first frame is 0.</summary>
    public double Time { get; }

    /// <summary>
    /// Gets the file that the frame is (<see cref="VideoFrame.FileName"/>), as tables of the form <see cref="FrameTableFormat.Fex"/> have
    /// it; <see langword="null"/> where it is none.
    /// </summary>
    public string? FileName { get; init; }

    /// <summary>
    /// Gets the number of the frame's file (<see cref="VideoFrame.Number"/>), as tables of the form
    /// <see cref="FrameTableFormat.OpenFace"/> have it; <see langword="null"/> where there is none.
    /// </summary>
    public int? Number { get; init; }

    /// <summary>Gets the faces, the largest first; none where there is a reason.</summary>
    public ImmutableArray<TrackedFace> Faces { get; }

    /// <summary>Gets why there is no face, as a clause; null where there is one.</summary>
    public string? Reason { get; }

    /// <summary>Gets whether the frame is missing or could not be read.</summary>
    public bool Failed { get; }

    /// <summary>Returns number, time and what is there.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"frame {Index} at {Time:0.###} s: {Reason ?? $"{Faces.Length} faces"}");

    /// <summary>The same frame with other faces.</summary>
    internal FrameResult With(ImmutableArray<TrackedFace> faces) => new(Index, Time, faces) { FileName = FileName, Number = Number };
}
