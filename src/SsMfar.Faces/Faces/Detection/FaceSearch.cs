using System.Buffers;
using SsMfar.Imaging;

namespace SsMfar.Faces;

/// <summary>
/// The search for the faces of one picture with a network: views, what is found in each, and a second look. For one thread.
/// </summary>
internal sealed class FaceSearch : IDisposable
{
    // Nothing found: the face may fill the picture, which a network knows from farther away alone.
    private const double StepBack = 1.6;

    // In a small picture, such as a crop of a face, a smaller face than asked for is the one that is meant.
    private const double SideShare = 0.4;

    // A second look that finds the face elsewhere than the first is looked at once more, from there.
    private const float Agreement = 0.6f;
    private const int MostLooks = 3;

    private readonly RgbImage _picture;
    private readonly DetectorLayout _layout;
    private readonly Func<Memory<float>, float[][]> _run;
    private readonly byte[] _canvas;
    private readonly byte[] _scratch;
    private readonly float[] _input;
    private readonly int _values;
    private CancellationToken _cancellationToken;
    private int _views;

    /// <summary>Prepares a search.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="layout">The network's layout.</param>
    /// <param name="run">Runs the network.</param>
    public FaceSearch(RgbImage picture, DetectorLayout layout, Func<Memory<float>, float[][]> run)
    {
        (_picture, _layout, _run) = (picture, layout, run);
        _values = checked(3 * layout.Width * layout.Height);
        _canvas = ArrayPool<byte>.Shared.Rent(_values);
        _scratch = ArrayPool<byte>.Shared.Rent(_values);
        _input = ArrayPool<float>.Shared.Rent(_values);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_canvas);
        ArrayPool<byte>.Shared.Return(_scratch);
        ArrayPool<float>.Shared.Return(_input);
    }

    /// <summary>The faces, each once, in no particular order.</summary>
    /// <param name="minimumScore">The score from which something is a face.</param>
    /// <param name="smallestFace">The width from which faces are looked for, in pixels of the picture.</param>
    /// <param name="overlap">The intersection over union from which two findings are one.</param>
    /// <param name="cancellationToken">Stops between two views.</param>
    public List<FaceCandidate> Run(float minimumScore, int smallestFace, float overlap, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        int side = Math.Min(_picture.Width, _picture.Height);
        if (side < FaceDetectorOptions.LeastFace)
        {
            return [];
        }

        smallestFace = Math.Max(FaceDetectorOptions.LeastFace, Math.Min(smallestFace, (int)(SideShare * side)));
        List<FaceCandidate> faces = Find(
            DetectorView.Bounded(_picture.Width, _picture.Height, _layout, smallestFace), minimumScore, overlap);
        if (faces.Count == 0)
        {
            faces = Find([DetectorView.Whole(_picture.Width, _picture.Height, _layout, StepBack)], minimumScore, overlap);
        }

        faces.RemoveAll(face => Math.Max(face.Box.Width, face.Box.Height) < smallestFace);
        return faces;
    }

    private List<FaceCandidate> Find(IEnumerable<DetectorView> views, float minimumScore, float overlap)
    {
        float firstScore = Math.Min(minimumScore, _layout.FirstScore ?? minimumScore);
        List<FaceCandidate> found = [];
        foreach (DetectorView view in views)
        {
            found.AddRange(Look(view, firstScore).Where(face => !view.CutsOff(face.Box, _picture.Width, _picture.Height, _layout)));
        }

        List<FaceCandidate> faces = FaceSuppression.Apply(found, overlap, _layout.Blends);
        return _layout.CloseFace is { } closeFace ? LookClose(faces, closeFace, minimumScore, firstScore, overlap) : faces;
    }

    private List<FaceCandidate> LookClose(
        List<FaceCandidate> faces, float closeFace, float minimumScore, float firstScore, float overlap)
    {
        List<FaceCandidate> close = [];
        foreach (FaceCandidate face in faces)
        {
            if (LookClose(face, closeFace, firstScore, overlap) is { } seen && seen.Score >= minimumScore)
            {
                close.Add(seen);
            }
        }

        return FaceSuppression.Apply(close, overlap, blends: false);
    }

    // A view of the face at the size at which the network is at its best: box and landmarks become exact, and what is no face is none.
    private FaceCandidate? LookClose(FaceCandidate face, float closeFace, float minimumScore, float overlap)
    {
        for (int look = 1; ; look++)
        {
            FaceRectangle box = face.Box;
            DetectorView view = DetectorView.Around(box, Math.Max(box.Width, box.Height) / closeFace, _layout);
            List<FaceCandidate> seen = FaceSuppression.Apply(Look(view, minimumScore), overlap, _layout.Blends);
            if (seen.Count == 0)
            {
                return null;
            }

            face = seen.MaxBy(other => other.Box.IntersectionOverUnion(box));
            float agreement = face.Box.IntersectionOverUnion(box);
            if (agreement < overlap)
            {
                return null;
            }

            if (agreement >= Agreement || look == MostLooks)
            {
                return face;
            }
        }
    }

    private List<FaceCandidate> Look(DetectorView view, float minimumScore)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        List<FaceCandidate> found = [];
        if (!view.Shows(_picture.Width, _picture.Height, _layout))
        {
            return found;
        }

        PixelMapping mapping = view.Paint(_picture, _layout, _canvas.AsSpan(0, _values), _scratch);
        _layout.Fill(_canvas.AsSpan(0, _values), _input);
        _layout.Decode(_run(_input.AsMemory(0, _values)), minimumScore, found);
        int number = _views++;
        return [.. found.Select(face => mapping.Apply(face, number)).Where(IsFinite)];
    }

    private static bool IsFinite(FaceCandidate face) =>
        float.IsFinite(face.Box.X + face.Box.Y + face.Score) && face.Box.Width is > 0 and < float.PositiveInfinity
        && face.Box.Height is > 0 and < float.PositiveInfinity && Array.TrueForAll(face.Points, float.IsFinite);
}
