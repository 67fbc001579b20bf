using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>
/// SCRFD as InsightFace reads it: for each stride a score, the distances from the place to the box's four edges and five points, in
/// strides. Graphs of three strides (8 to 32) have two anchors a place, those of five (8 to 128) one.
/// </summary>
internal sealed class ScrfdLayout : DetectorLayout
{
    private const int UsualSide = 640;
    private const int Points = 5;
    private const int FirstStride = 8;

    private readonly int _strides;
    private readonly bool _hasPoints;

    private ScrfdLayout(GraphValue input, int width, int height, int strides, bool hasPoints)
        : base(FaceDetectorKind.Scrfd, input.Name, width, height) => (_strides, _hasPoints) = (strides, hasPoints);

    public override ImmutableArray<long> InputShape => [1, 3, Height, Width];

    public override ImmutableArray<FaceLandmark> Landmarks => _hasPoints ? FivePoints.Landmarks : [];

    public override float UsualScore => 0.5f;

    public override float SmallestFace => 16;

    public static ScrfdLayout? TryCreate(DetectorGraph graph)
    {
        (int strides, bool hasPoints) = graph.Outputs.Length switch
        {
            6 => (3, false),
            9 => (3, true),
            10 => (5, false),
            15 => (5, true),
            _ => default,
        };
        if (strides == 0 || graph.Inputs is not [var input]
            || Planes(input, UsualSide, FirstStride << (strides - 1)) is not var (width, height))
        {
            return null;
        }

        // Scores of all strides, then boxes of all, then points of all; names say nothing.
        bool isOne = graph.Outputs.Select((output, i) => output.Shape.Length is 2 or 3 && output.Last == Width(i / strides))
            .All(fits => fits);
        return isOne
            ? new(input, width, height, strides, hasPoints) { OutputNames = [.. graph.Outputs.Select(output => output.Name)] }
            : null;

        static int Width(int group) => group switch { 0 => 1, 1 => 4, _ => 2 * Points };
    }

    public override void Fill(ReadOnlySpan<byte> pixels, Span<float> input) => FillPlanes(pixels, input, isBgr: false, 127.5f, 1 / 128f);

    public override void Decode(IReadOnlyList<float[]> outputs, float minimumScore, List<FaceCandidate> found)
    {
        for (int layer = 0; layer < _strides; layer++)
        {
            int stride = FirstStride << layer, across = Width / stride;
            (float[] scores, float[] edges) = (outputs[layer], outputs[layer + _strides]);
            int anchors = Math.Max(1, scores.Length / (across * (Height / stride)));
            for (int i = 0; i < scores.Length; i++)
            {
                if (scores[i] < minimumScore)
                {
                    continue;
                }

                int place = i / anchors;
                float x = place % across * stride, y = place / across * stride;
                ReadOnlySpan<float> edge = edges.AsSpan(4 * i, 4);
                FaceRectangle box = new(
                    x - (edge[0] * stride), y - (edge[1] * stride), (edge[0] + edge[2]) * stride, (edge[1] + edge[3]) * stride);
                float[] points = _hasPoints
                    ? FivePoints.At(outputs[layer + (2 * _strides)].AsSpan(2 * Points * i, 2 * Points), x, y, stride) : [];
                found.Add(new(box, points, Math.Min(scores[i], 1)));
            }
        }
    }
}
