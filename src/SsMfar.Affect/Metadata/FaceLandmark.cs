namespace SsMfar.Metadata;

/// <summary>
/// A place in a face that detectors give and templates name. Left and right are those of the picture, as a viewer sees them.
/// </summary>
public enum FaceLandmark
{
    /// <summary>The centre of the eye on the picture's left.</summary>
    LeftEye,

    /// <summary>The centre of the eye on the picture's right.</summary>
    RightEye,

    /// <summary>The tip of the nose.</summary>
    Nose,

    /// <summary>The middle of the mouth; where both corners are known it is also the point half-way between them.</summary>
    MouthCenter,

    /// <summary>The corner of the mouth on the picture's left.</summary>
    LeftMouthCorner,

    /// <summary>The corner of the mouth on the picture's right.</summary>
    RightMouthCorner,

    /// <summary>The front of the ear (tragion) on the picture's left.</summary>
    LeftEar,

    /// <summary>The front of the ear (tragion) on the picture's right.</summary>
    RightEar,
}

/// <summary>Where a landmark is. The origin is the upper left corner of the first pixel, so that pixel i reaches from i to i + 1.</summary>
/// <param name="Landmark">Which.</param>
/// <param name="X">From the left edge: pixels in a picture, a share of the side (0 to 1) in a template.</param>
/// <param name="Y">From the upper edge, likewise.</param>
public readonly record struct LandmarkPoint(FaceLandmark Landmark, double X, double Y);
