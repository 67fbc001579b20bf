using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Faces;

namespace SsMfar.Tests.Faces;

/// <summary>
/// What the decoders make of outputs, beside an independent re-statement in Python (Golden/write.py). YuNet's and SCRFD's published files
/// are not here: these graphs have their names and shapes, and outputs that both sides compute.
/// </summary>
public sealed class DecodingTests
{
    private const float Pixels = 0.5f;

    private static readonly JsonElement Golden = Read("decoding.json");

    [Theory]
    [InlineData("yunet", FaceDetectorKind.YuNet, 0.97f)]
    [InlineData("scrfd3", FaceDetectorKind.Scrfd, 0.97f)]
    [InlineData("scrfd5", FaceDetectorKind.Scrfd, 0.985f)]
    public void Faces_lie_where_the_re_statement_has_them(string name, FaceDetectorKind kind, float minimumScore)
    {
        byte[] file = name switch
        {
            "yunet" => DetectorFiles.YuNet(96, 64, 11),
            "scrfd3" => DetectorFiles.Scrfd(96, 64, 12, [8, 16, 32], 2),
            _ => DetectorFiles.Scrfd(256, 128, 13, [8, 16, 32, 64, 128], 1),
        };

        (DetectorLayout layout, List<FaceCandidate> found) = Decode(file, minimumScore);

        layout.Kind.Should().Be(kind);
        JsonElement[] expected = [.. Golden.GetProperty(name).EnumerateArray()];
        expected.Length.Should().BeGreaterThan(2);
        found.Should().HaveCount(expected.Length);
        foreach ((FaceCandidate face, JsonElement known) in found.Zip(expected))
        {
            face.Score.Should().BeApproximately(known.GetProperty("score").GetSingle(), 1e-4f);
            AreNear(Numbers(face.Box), Numbers(known.GetProperty("box")));
            AreNear(face.Points, Numbers(known.GetProperty("points")));
        }
    }

    [Fact]
    public void Landmarks_of_a_file_without_them_are_none()
    {
        (DetectorLayout layout, List<FaceCandidate> found) = Decode(
            DetectorFiles.Scrfd(96, 64, 12, [8, 16, 32], 2, hasPoints: false), 0.5f);

        layout.Landmarks.Should().BeEmpty();
        found.Should().NotBeEmpty().And.OnlyContain(face => face.Points.Length == 0);
    }

    [Fact]
    public void An_anchor_of_BlazeFace_stands_for_its_place()
    {
        // Two anchors a place: the anchor 100 is the first of place 50, in row 3 and column 2 of places of 8 pixels.
        (DetectorLayout layout, List<FaceCandidate> found) = Decode(DetectorFiles.BlazeFace(logit: 3, anchor: 100), 0.5f);

        layout.Kind.Should().Be(FaceDetectorKind.BlazeFaceFront);
        FaceCandidate face = found.Should().ContainSingle().Subject;
        face.Box.Should().Be(new FaceRectangle(20 - 23, 28 - 23, 46, 46));
        face.Score.Should().BeApproximately(1 / (1 + MathF.Exp(-3)), 1e-6f);
        face.Points.Should().Equal(20, 28, 20, 28, 20, 28, 20, 28, 20, 28, 20, 28);
    }

    internal static JsonElement Read(string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name))).RootElement;

    /// <summary>A file of float32 numbers.</summary>
    internal static float[] ReadNumbers(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", name));
        return [.. bytes.Chunk(sizeof(float)).Select(number => BinaryPrimitives.ReadSingleLittleEndian(number))];
    }

    internal static float[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetSingle())];

    internal static float[] Numbers(FaceRectangle box) => [box.X, box.Y, box.Width, box.Height];

    internal static void AreNear(float[] actual, float[] expected, float pixels = Pixels)
    {
        actual.Should().HaveSameCount(expected);
        actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(pixels);
    }

    private static (DetectorLayout Layout, List<FaceCandidate> Found) Decode(byte[] file, float minimumScore)
    {
        using var session = new InferenceSession(file);
        DetectorLayout layout = DetectorLayout.Of(DetectorGraph.Of(session))!;
        layout.Should().NotBeNull();
        using OnnxFaceDetector detector = OnnxFaceDetector.Load(file);
        List<FaceCandidate> found = [];
        layout.Decode(detector.Run(new float[3 * layout.Width * layout.Height]), minimumScore, found);
        return (layout, found);
    }
}
