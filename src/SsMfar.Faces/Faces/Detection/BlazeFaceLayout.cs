using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>
/// MediaPipe's BlazeFace: 896 anchors, two at each of 16 x 16 places and six at each of 8 x 8; a logit, and a box and six points relative
/// to the place in pixels of the input. Findings of one face are averaged by their scores (Bazarevsky et al., 2019, section 3.5).
/// </summary>
internal sealed class BlazeFaceLayout : DetectorLayout
{
    private const int Front = 128;
    private const int Back = 256;
    private const int Numbers = 16;
    private const int Points = 6;

    // A logit beyond is as good as certain, and its exponential would overflow; MediaPipe clips there too.
    private const float LargestLogit = 100;

    private static readonly (int Cells, int Anchors)[] Layers = [(16, 2), (8, 6)];

    private readonly bool _takesPlanes;

    private BlazeFaceLayout(GraphValue input, int side, bool takesPlanes)
        : base(side == Front ? FaceDetectorKind.BlazeFaceFront : FaceDetectorKind.BlazeFaceBack, input.Name, side, side) =>
        _takesPlanes = takesPlanes;

    public override ImmutableArray<long> InputShape => _takesPlanes ? [1, 3, Height, Width] : [1, Height, Width, 3];

    public override ImmutableArray<FaceLandmark> Landmarks =>
    [
        FaceLandmark.LeftEye, FaceLandmark.RightEye, FaceLandmark.Nose, FaceLandmark.MouthCenter, FaceLandmark.LeftEar,
            FaceLandmark.RightEar,
    ];

    public override float UsualScore => 0.5f;

    public override float SmallestFace => Kind == FaceDetectorKind.BlazeFaceFront ? 21 : 22;

    public override float? FirstScore => 0.4f;

    // Boxes of a face pasted at many sizes agree best around this one.
    public override float? CloseFace => 0.36f * Width;

    public override bool Blends => true;

    public static BlazeFaceLayout? TryCreate(DetectorGraph graph)
    {
        if (graph.Inputs is not [var input])
        {
            return null;
        }

        (int side, bool takesPlanes) = input.Shape switch
        {
            [1 or -1, Front, Front, 3] => (Front, false),
            [1 or -1, Back, Back, 3] => (Back, false),
            [1 or -1, 3, Front, Front] => (Front, true),
            [1 or -1, 3, Back, Back] => (Back, true),
            _ => default,
        };

        // One output for each layer, or one for both; the layer with more anchors comes first.
        GraphValue[] scores = [.. OfWidth(graph, 1)], boxes = [.. OfWidth(graph, Numbers)];
        return side > 0 && scores.Length + boxes.Length == graph.Outputs.Length && Counts(scores) is { } counts
            && counts.SequenceEqual(Counts(boxes) ?? [])
            ? new(input, side, takesPlanes) { OutputNames = [.. scores.Concat(boxes).Select(output => output.Name)] }
            : null;
    }

    public override void Fill(ReadOnlySpan<byte> pixels, Span<float> input)
    {
        const float Half = 127.5f;
        if (_takesPlanes)
        {
            FillPlanes(pixels, input, isBgr: false, Half, 1 / Half);
            return;
        }

        for (int i = 0; i < pixels.Length; i++)
        {
            input[i] = (pixels[i] - Half) / Half;
        }
    }

    public override void Decode(IReadOnlyList<float[]> outputs, float minimumScore, List<FaceCandidate> found)
    {
        int parts = outputs.Count / 2;
        int part = 0, anchor = 0;
        foreach ((int cells, int anchors) in Layers)
        {
            float step = (float)Width / cells;
            for (int i = 0; i < cells * cells * anchors; i++, anchor++)
            {
                if (anchor == outputs[part].Length)
                {
                    (part, anchor) = (part + 1, 0);
                }

                float logit = Math.Clamp(outputs[part][anchor], -LargestLogit, LargestLogit);
                float score = 1 / (1 + MathF.Exp(-logit));
                if (score >= minimumScore)
                {
                    int place = i / anchors;
                    found.Add(Face(
                        outputs[parts + part].AsSpan(anchor * Numbers, Numbers), ((place % cells) + 0.5f) * step,
                            ((place / cells) + 0.5f) * step,
                        score));
                }
            }
        }
    }

    private static FaceCandidate Face(ReadOnlySpan<float> numbers, float x, float y, float score)
    {
        float width = numbers[2], height = numbers[3];
        float[] points = numbers[4..].ToArray();
        for (int i = 0; i < Points; i++)
        {
            points[2 * i] += x;
            points[(2 * i) + 1] += y;
        }

        return new(new(x + numbers[0] - (width / 2), y + numbers[1] - (height / 2), width, height), points, score);
    }

    private static IEnumerable<GraphValue> OfWidth(DetectorGraph graph, int width) =>
        graph.Outputs.Where(output => output.Shape.Length == 3 && output.Last == width).OrderByDescending(output => output.Shape[1]);

    private static int[]? Counts(GraphValue[] outputs) =>
        outputs.Select(output => output.Shape[1]).ToArray() is [512, 384] or [896] ? [.. outputs.Select(output => output.Shape[1])] : null;
}
