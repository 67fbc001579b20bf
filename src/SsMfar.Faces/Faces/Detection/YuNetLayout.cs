using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>
/// YuNet as OpenCV's <c>FaceDetectorYN</c> reads it: for strides 8, 16 and 32 a place has a class and an object score, whose geometric mean
/// is the face's, a box (centre relative to the place, logarithms of the sides) and five points, in strides.
/// </summary>
internal sealed class YuNetLayout : DetectorLayout
{
    private const int UsualSide = 640;
    private const int Points = 5;

    private static readonly int[] Strides = [8, 16, 32];
    private static readonly string[] Kinds = ["cls", "obj", "bbox", "kps"];

    private YuNetLayout(GraphValue input, int width, int height)
        : base(FaceDetectorKind.YuNet, input.Name, width, height)
    {
    }

    public override ImmutableArray<long> InputShape => [1, 3, Height, Width];

    public override ImmutableArray<FaceLandmark> Landmarks => FivePoints.Landmarks;

    public override float UsualScore => 0.7f;

    public override float SmallestFace => 16;

    public static YuNetLayout? TryCreate(DetectorGraph graph)
    {
        string[] names = [.. Kinds.SelectMany(kind => Strides.Select(stride => $"{kind}_{stride}"))];
        return graph.Inputs is [var input] && Planes(input, UsualSide, Strides[^1]) is var (width, height)
            && names.All(name => graph.Outputs.Any(output => output.Name == name))
            ? new(input, width, height) { OutputNames = [.. names] }
            : null;
    }

    // OpenCV gives the network its own channel order, unscaled.
    public override void Fill(ReadOnlySpan<byte> pixels, Span<float> input) => FillPlanes(pixels, input, isBgr: true, 0, 1);

    public override void Decode(IReadOnlyList<float[]> outputs, float minimumScore, List<FaceCandidate> found)
    {
        for (int layer = 0; layer < Strides.Length; layer++)
        {
            int stride = Strides[layer], across = Width / stride, count = across * (Height / stride);
            (float[] classes, float[] objects) = (outputs[layer], outputs[layer + 3]);
            (float[] boxes, float[] points) = (outputs[layer + 6], outputs[layer + 9]);
            for (int i = 0; i < count; i++)
            {
                float score = MathF.Sqrt(Math.Clamp(classes[i], 0, 1) * Math.Clamp(objects[i], 0, 1));
                if (score < minimumScore)
                {
                    continue;
                }

                int column = i % across, row = i / across;
                ReadOnlySpan<float> box = boxes.AsSpan(4 * i, 4);
                float width = MathF.Exp(box[2]) * stride, height = MathF.Exp(box[3]) * stride;
                FaceRectangle at = new(((column + box[0]) * stride) - (width / 2), ((row + box[1]) * stride) - (height / 2), width, height);
                found.Add(new(
                    at, FivePoints.At(points.AsSpan(2 * Points * i, 2 * Points), column * stride, row * stride, stride), score));
            }
        }
    }
}
