namespace SsMfar.Faces;

/// <summary>Non-maximum suppression: findings of one face become one.</summary>
internal static class FaceSuppression
{
    // Of two boxes one of which holds this much of the other, the lower score is a part of a face, or a face and its surroundings.
    private const float Contained = 0.75f;

    /// <summary>Each face once, the best scores first.</summary>
    /// <param name="candidates">All findings; sorted by this.</param>
    /// <param name="overlap">The intersection over union from which two are one.</param>
    /// <param name="blends">
    /// Whether those of one view that are one are averaged, by their scores as weights (MediaPipe's weighted suppression).
    /// </param>
    public static List<FaceCandidate> Apply(List<FaceCandidate> candidates, float overlap, bool blends)
    {
        candidates.Sort((a, b) => b.Score.CompareTo(a.Score));
        bool[] isDone = new bool[candidates.Count];
        List<FaceCandidate> faces = [], same = [];
        for (int i = 0; i < candidates.Count; i++)
        {
            if (isDone[i])
            {
                continue;
            }

            FaceCandidate best = candidates[i];
            same.Clear();
            for (int k = i; k < candidates.Count; k++)
            {
                FaceRectangle other = candidates[k].Box;
                if (isDone[k] || !AreOne(best.Box, other, overlap))
                {
                    continue;
                }

                isDone[k] = true;
                if (candidates[k].View == best.View && best.Box.IntersectionOverUnion(other) >= overlap)
                {
                    same.Add(candidates[k]);
                }
            }

            faces.Add(blends && same.Count > 1 ? Blend(same, best) : best);
        }

        return faces;
    }

    private static bool AreOne(FaceRectangle a, FaceRectangle b, float overlap)
    {
        float shared = a.Shared(b);
        return shared > 0 && (shared >= overlap * (a.Area + b.Area - shared) || shared >= Contained * Math.Min(a.Area, b.Area));
    }

    private static FaceCandidate Blend(List<FaceCandidate> same, FaceCandidate best)
    {
        float total = 0, x = 0, y = 0, width = 0, height = 0;
        float[] points = new float[best.Points.Length];
        foreach (FaceCandidate face in same)
        {
            float weight = face.Score;
            total += weight;
            x += weight * face.Box.X;
            y += weight * face.Box.Y;
            width += weight * face.Box.Width;
            height += weight * face.Box.Height;
            for (int i = 0; i < points.Length; i++)
            {
                points[i] += weight * face.Points[i];
            }
        }

        for (int i = 0; i < points.Length; i++)
        {
            points[i] /= total;
        }

        return best with { Box = new(x / total, y / total, width / total, height / total), Points = points };
    }
}
