using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>How a family of detectors takes pixels and gives faces. Immutable; knows nothing of sessions and pictures.</summary>
/// <param name="kind">The family.</param>
/// <param name="inputName">The graph's input.</param>
/// <param name="width">The input's pixels across.</param>
/// <param name="height">The input's pixels down.</param>
internal abstract class DetectorLayout(FaceDetectorKind kind, string inputName, int width, int height)
{
    private const string BlazeFaceIs = "BlazeFace (input [1, 128, 128, 3] or [1, 256, 256, 3]; outputs of 512 and 384 scores and boxes)";
    private const string YuNetIs = "YuNet (input [1, 3, H, W]; outputs cls_8 to kps_32)";
    private const string ScrfdIs = "SCRFD (input [1, 3, H, W]; 6, 9, 10 or 15 outputs of scores, boxes and points)";

    /// <summary>What can be read, in words.</summary>
    public static string Known => $"{BlazeFaceIs}, {YuNetIs} and {ScrfdIs}";

    public FaceDetectorKind Kind => kind;

    public string InputName => inputName;

    /// <summary>Gets the input's pixels across.</summary>
    public int Width => width;

    /// <summary>Gets the input's pixels down.</summary>
    public int Height => height;

    /// <summary>Gets the outputs that <see cref="Decode"/> reads, in its order.</summary>
    public required ImmutableArray<string> OutputNames { get; init; }

    /// <summary>Gets the input's shape.</summary>
    public abstract ImmutableArray<long> InputShape { get; }

    /// <summary>Gets the landmarks of a face, in order.</summary>
    public abstract ImmutableArray<FaceLandmark> Landmarks { get; }

    /// <summary>Gets the score from which something is a face unless the caller says another.</summary>
    public abstract float UsualScore { get; }

    /// <summary>Gets the pixels of the input from which faces are found well.</summary>
    public abstract float SmallestFace { get; }

    /// <summary>
    /// Gets the score from which a finding is worth a second look; null where the first one is final, as <see cref="CloseFace"/> is then.
    /// </summary>
    public virtual float? FirstScore => null;

    /// <summary>
    /// Gets the pixels of the input that a face has at which the network is at its best, for a second look; null for none.
    /// </summary>
    public virtual float? CloseFace => null;

    /// <summary>
    /// Gets whether findings of one face are averaged by their scores, as the family's authors do, or the best one stands.
    /// </summary>
    public virtual bool Blends => false;

    /// <summary>The layout of a graph; null where no family has such a graph.</summary>
    public static DetectorLayout? Of(DetectorGraph graph) =>
        BlazeFaceLayout.TryCreate(graph) ?? YuNetLayout.TryCreate(graph) ?? (DetectorLayout?)ScrfdLayout.TryCreate(graph);

    /// <summary>Turns pixels into the network's input.</summary>
    /// <param name="pixels">Height x width x 3 values, R, G, B.</param>
    /// <param name="input">Receives as many numbers.</param>
    public abstract void Fill(ReadOnlySpan<byte> pixels, Span<float> input);

    /// <summary>Reads faces in the network's outputs.</summary>
    /// <param name="outputs">The values of each output.</param>
    /// <param name="minimumScore">The score from which something is a face.</param>
    /// <param name="found">Receives them, in pixels of the input.</param>
    public abstract void Decode(IReadOnlyList<float[]> outputs, float minimumScore, List<FaceCandidate> found);

    /// <summary>The sides of an input of one picture as planes; a side that only a run knows becomes the usual one.</summary>
    protected static (int Width, int Height)? Planes(GraphValue input, int usual, int multiple)
    {
        if (input.Shape is not [1 or -1, 3 or -1, var height, var width])
        {
            return null;
        }

        (width, height) = (width < 0 ? usual : width, height < 0 ? usual : height);
        return width > 0 && height > 0 && width % multiple == 0 && height % multiple == 0 ? (width, height) : null;
    }

    /// <summary>Planes of scaled values; <paramref name="isBgr"/> says in which order.</summary>
    protected static void FillPlanes(ReadOnlySpan<byte> pixels, Span<float> input, bool isBgr, float mean, float scale)
    {
        int plane = pixels.Length / 3;
        for (int colour = 0; colour < 3; colour++)
        {
            Span<float> values = input.Slice((isBgr ? 2 - colour : colour) * plane, plane);
            for (int i = 0, p = colour; i < values.Length; i++, p += 3)
            {
                values[i] = (pixels[p] - mean) * scale;
            }
        }
    }
}
