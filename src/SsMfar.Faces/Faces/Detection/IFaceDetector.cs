using System.Collections.Immutable;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>
/// Finds faces in a picture. Implementations are safe for many threads. Built in: <see cref="OnnxFaceDetector"/>.
/// </summary>
public interface IFaceDetector : IDisposable
{
    /// <summary>Gets the landmarks that each face comes with; none for a detector of boxes alone.</summary>
    ImmutableArray<FaceLandmark> Landmarks { get; }

    /// <summary>
    /// Gets a text that changes with whatever decides which faces are found, on any machine, so that a run over a video is not gone on with
    /// by another detector. By default the name of the type.
    /// </summary>
    string Stamp => GetType().FullName!;

    /// <summary>Finds the faces of a picture, on the calling thread.</summary>
    /// <param name="picture">The upright picture.</param>
    /// <param name="cancellationToken">Ends the search, which takes seconds in a picture of many millions of pixels.</param>
    /// <returns>Each face once, the largest first.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default);
}
