using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>A face that a detector found.</summary>
/// <param name="box">Where it is, in pixels of the upright picture.</param>
/// <param name="landmarks">Its landmarks, in such pixels; none where the detector gives none.</param>
/// <param name="score">How sure the detector is, 0 to 1; detectors of different kinds are not comparable in it.</param>
public sealed class DetectedFace(FaceRectangle box, ImmutableArray<LandmarkPoint> landmarks, float score)
{
    /// <summary>Gets where the face is, in pixels of the upright picture.</summary>
    public FaceRectangle Box => box;

    /// <summary>Gets the landmarks, in pixels of the upright picture; none where the detector gives none.</summary>
    public ImmutableArray<LandmarkPoint> Landmarks { get; } = landmarks.IsDefault ? [] : landmarks;

    /// <summary>Gets how sure the detector is, 0 to 1.</summary>
    public float Score => score;

    /// <summary>Returns box and score.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Box}, score {Score:0.00}");

    /// <summary>The same face in a picture that this one's is a part of.</summary>
    internal DetectedFace Moved(float x, float y) => new(
        box with { X = box.X + x, Y = box.Y + y },
        [.. Landmarks.Select(point => point with { X = point.X + x, Y = point.Y + y })],
        score);
}
