using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>The five points that YuNet and SCRFD give, in their order.</summary>
internal static class FivePoints
{
    public static ImmutableArray<FaceLandmark> Landmarks { get; } =
    [
        FaceLandmark.LeftEye, FaceLandmark.RightEye, FaceLandmark.Nose, FaceLandmark.LeftMouthCorner, FaceLandmark.RightMouthCorner,
    ];

    /// <summary>Points relative to a place, in strides.</summary>
    public static float[] At(ReadOnlySpan<float> numbers, float x, float y, float stride)
    {
        float[] points = new float[numbers.Length];
        for (int i = 0; i < points.Length; i += 2)
        {
            points[i] = x + (numbers[i] * stride);
            points[i + 1] = y + (numbers[i + 1] * stride);
        }

        return points;
    }
}
