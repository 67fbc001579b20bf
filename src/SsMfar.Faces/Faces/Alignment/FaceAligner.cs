using System.Collections.Immutable;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>Cuts faces out of pictures so that they lie as a template says.</summary>
public static class FaceAligner
{
    /// <summary>
    /// Cuts a face out: turned, scaled and moved so that its landmarks come closest to the template's, or the upright square around its
    /// box. The filter is that of <see cref="ImagePreprocessing.ResizeFilter"/>. Beyond the picture's edges its outermost pixels repeat.
    /// </summary>
    /// <param name="picture">The upright picture.</param>
    /// <param name="face">The face, in its pixels.</param>
    /// <param name="template">How the face is to lie.</param>
    /// <returns><see cref="FaceTemplate.Size"/> pixels a side.</returns>
    /// <exception cref="ArgumentException">
    /// The face has less than two of the template's landmarks, or they are all at one place, or the template or box cannot be used.
    /// </exception>
    public static RgbImage Align(RgbImage picture, DetectedFace face, FaceTemplate template)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return SimilarityWarp.Apply(picture, Transform(face, template), template.Size, template.Size);
    }

    /// <summary>Returns the transform from pixels of the picture to pixels of the crop that <see cref="Align"/> applies.</summary>
    /// <param name="face">The face.</param>
    /// <param name="template">How the face is to lie.</param>
    /// <exception cref="ArgumentException">
    /// The face has less than two of the template's landmarks, or they are all at one place, or the template or box cannot be used.
    /// </exception>
    public static SimilarityTransform Transform(DetectedFace face, FaceTemplate template)
    {
        ArgumentNullException.ThrowIfNull(face);
        ArgumentNullException.ThrowIfNull(template);
        template.Validate();
        if (template.IsBox)
        {
            return AroundBox(face, template);
        }

        FaceLandmark[] shared = [.. Shared(template.Points, face.Landmarks)];
        if (shared.Length < 2)
        {
            throw new ArgumentException(
                $"The template '{template.Name}' needs landmarks ({Names(template.Points)}), and the face has " +
                $"{(face.Landmarks.IsEmpty ? "none" : Names(face.Landmarks))}.", nameof(face));
        }

        SimilarityTransform transform = SimilarityTransform.Estimate(
            [.. shared.Select(landmark => Find(face.Landmarks, landmark)!.Value)],
            [.. shared.Select(landmark => Find(template.Points, landmark)!.Value)
                .Select(point => (point.X * template.Size, point.Y * template.Size))]);
        return transform.Scale > 0
            ? transform
            : throw new ArgumentException($"The landmarks of the face cannot be brought onto the template '{template.Name}'.",
                nameof(face));
    }

    /// <summary>Whether a template can be applied to faces that come with some landmarks.</summary>
    /// <param name="template">The template.</param>
    /// <param name="landmarks">What a detector gives.</param>
    public static bool CanAlign(FaceTemplate template, ImmutableArray<FaceLandmark> landmarks)
    {
        ArgumentNullException.ThrowIfNull(template);
        return template.IsBox
            || Shared(template.Points, [.. landmarks.Select(landmark => new LandmarkPoint(landmark, 0, 0))]).Skip(1).Any();
    }

    /// <summary>
    /// The face that a picture of one person is of: the largest near the centre. A face counts less by its distance from there, not at all
    /// in a corner.
    /// </summary>
    /// <param name="faces">The faces of a picture.</param>
    /// <param name="width">The picture's pixels across.</param>
    /// <param name="height">The picture's pixels down.</param>
    /// <returns>The face; null where there is none.</returns>
    public static DetectedFace? MainFace(IEnumerable<DetectedFace> faces, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(faces);
        double halfDiagonal = Math.Sqrt(((double)width * width) + ((double)height * height)) / 2;
        return faces.MaxBy(face =>
        {
            double x = face.Box.CenterX - (width / 2.0), y = face.Box.CenterY - (height / 2.0);
            return face.Box.Area * (1 - Math.Min(1, Math.Sqrt((x * x) + (y * y)) / halfDiagonal));
        });
    }

    private static SimilarityTransform AroundBox(DetectedFace face, FaceTemplate template)
    {
        FaceRectangle box = face.Box;
        double side = Math.Max(box.Width, box.Height) * (1 + (2 * template.Margin));
        if (!(side > 0) || !double.IsFinite(side + box.X + box.Y))
        {
            throw new ArgumentException($"The box ({box}) has no area.", nameof(face));
        }

        double scale = template.Size / side;
        return new(scale, 0, (template.Size / 2.0) - (scale * box.CenterX), (template.Size / 2.0) - (scale * box.CenterY));
    }

    // What both have. The middle of a mouth whose corners both have would say the same twice.
    private static IEnumerable<FaceLandmark> Shared(ImmutableArray<LandmarkPoint> template, ImmutableArray<LandmarkPoint> face) =>
        Enum.GetValues<FaceLandmark>().Where(landmark => Find(template, landmark) is not null && Find(face, landmark) is not null
            && (landmark != FaceLandmark.MouthCenter || !(HasCorners(template) && HasCorners(face))));

    private static (double X, double Y)? Find(ImmutableArray<LandmarkPoint> points, FaceLandmark landmark)
    {
        foreach (LandmarkPoint point in points)
        {
            if (point.Landmark == landmark)
            {
                return (point.X, point.Y);
            }
        }

        return landmark == FaceLandmark.MouthCenter && Find(points, FaceLandmark.LeftMouthCorner) is var (leftX, leftY)
            && Find(points, FaceLandmark.RightMouthCorner) is var (rightX, rightY) ? ((leftX + rightX) / 2, (leftY + rightY) / 2) : null;
    }

    private static bool HasCorners(ImmutableArray<LandmarkPoint> points) =>
        Find(points, FaceLandmark.LeftMouthCorner) is not null && Find(points, FaceLandmark.RightMouthCorner) is not null;

    private static string Names(ImmutableArray<LandmarkPoint> points) => string.Join(", ", points.Select(point => point.Landmark));
}
