using SsMfar.Faces;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>A face of a scene: which one, and where the detector's box of the face alone lies there.</summary>
/// <param name="Index">The place among the faces that scenes are made of.</param>
/// <param name="Box">Pixels of the scene.</param>
/// <param name="FromCrop">From pixels of the crop to pixels of the scene.</param>
internal readonly record struct PastedFace(int Index, FaceRectangle Box, SimilarityTransform FromCrop)
{
    private const float Enough = 0.5f;

    /// <summary>For each face the finding that is it, each finding once; null where there is none.</summary>
    public static DetectedFace?[] Match(IReadOnlyList<PastedFace> faces, IEnumerable<DetectedFace> findings)
    {
        List<DetectedFace> left = [.. findings];
        var matches = new DetectedFace?[faces.Count];
        for (int i = 0; i < matches.Length; i++)
        {
            FaceRectangle box = faces[i].Box;
            if (left.MaxBy(finding => finding.Box.IntersectionOverUnion(box)) is { } best && best.Box.IntersectionOverUnion(box) >= Enough)
            {
                matches[i] = best;
                left.Remove(best);
            }
        }

        return matches;
    }
}
