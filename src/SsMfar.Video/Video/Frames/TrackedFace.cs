using System.Globalization;
using SsMfar.Faces;
using SsMfar.Predictions;

namespace SsMfar.Video;

/// <summary>A face of a frame: its track, where it is, and what a model reads in it.</summary>
/// <param name="Track">
/// The track, from 0 (<see cref="FaceTracker"/>). It says that a face is where a face was a moment ago; it is not an identity.
/// </param>
/// <param name="Box">Where the face is, in pixels of the upright frame.</param>
/// <param name="Score">How sure the detector is, 0 to 1; 1 for a box that was given.</param>
/// <param name="Prediction">What the model reads; null where there is an error, and without a model.</param>
/// <param name="Error">Why there is no prediction although there is a model, as a sentence; null otherwise.</param>
public sealed record TrackedFace(int Track, FaceRectangle Box, float Score, AffectPrediction? Prediction = null, string? Error = null)
{
    /// <summary>Returns the track, the place, and the prediction or the error.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"track {Track}, {Box}: {Error ?? Prediction?.ToString() ?? "no model"}");
}
