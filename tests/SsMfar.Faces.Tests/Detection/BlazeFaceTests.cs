using System.Text.Json;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.Tests.Faces;

/// <summary>The networks that come with the package, beside OpenCV's dnn on a drawn face (Golden/write.py).</summary>
public sealed class BlazeFaceTests
{
    // Numbers of the smaller network differ by less than 1e-4. Logits of the larger one reach 1,367, where neighbouring float32 numbers lie
    // 1.2e-4 apart, and so do the sums that its boxes are made of: there they differ by one such step, or a hundred-thousandth.
    private const float Small = 1e-4f, Step = 1.3e-4f, Share = 1e-5f;

    private static readonly JsonElement Golden = DecodingTests.Read("blazeface.json");

    [RequiresToolTheory("npm")]
    [InlineData("front", FaceDetectorKind.BlazeFaceFront, 128)]
    [InlineData("back", FaceDetectorKind.BlazeFaceBack, 256)]
    public void Outputs_and_faces_are_those_of_another_runtime(string name, FaceDetectorKind kind, int side)
    {
        JsonElement golden = Golden.GetProperty(name);
        RgbImage drawn = DrawnFace.Paint(side);
        drawn.Pixels.ToArray().Sum(value => (long)value).Should().Be(golden.GetProperty("checksum").GetInt64(), "both sides draw the same");
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn(kind: kind);
        detector.Kind.Should().Be(kind);
        float[] input = new float[3 * side * side];
        DetectorLayout layout = detector.Layout;
        layout.Fill(drawn.Pixels, input);

        float[][] outputs = detector.Run(input);

        outputs.Select(values => values.Length).Should().Equal(512, 384, 512 * 16, 384 * 16);
        float[] values = [.. outputs.SelectMany(output => output)], expected = DecodingTests.ReadNumbers($"blazeface-{name}.bin");
        values.Should().HaveSameCount(expected);
        bool isSmall = kind == FaceDetectorKind.BlazeFaceFront;
        values.Zip(expected, (a, b) => Math.Abs(a - b) / (isSmall ? Small : Math.Max(Step, Share * Math.Abs(b)))).Max().Should()
            .BeLessThan(1);

        List<FaceCandidate> found = [];
        layout.Decode(outputs, 0.01f, found);
        FaceCandidate best = found.MaxBy(face => face.Score);
        JsonElement bestKnown = golden.GetProperty("best");
        best.Score.Should().BeApproximately(bestKnown.GetProperty("score").GetSingle(), 1e-4f);
        DecodingTests.AreNear(DecodingTests.Numbers(best.Box), DecodingTests.Numbers(bestKnown.GetProperty("box")));
        DecodingTests.AreNear(best.Points, DecodingTests.Numbers(bestKnown.GetProperty("points")));
    }

    [RequiresTool("npm")]
    public void The_drawn_face_is_found_at_every_place_and_size_with_its_eyes_on_their_sides()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn();
        OnnxFaceDetector.HasBuiltIn.Should().BeTrue();
        foreach ((int side, int x, int y) in ((int, int, int)[])[(90, 30, 40), (150, 1100, 500), (300, 400, 200), (660, 300, 30)])
        {
            RgbImage picture = DrawnFace.In(1280, 720, (side, x, y));

            DetectedFace face = detector.Detect(picture).Should().ContainSingle($"{side} pixels at {x}, {y}").Subject;

            face.Box.IntersectionOverUnion(new(x + (0.17f * side), y + (0.23f * side), 0.66f * side, 0.66f * side)).Should()
                .BeGreaterThan(0.6f);
            Dictionary<FaceLandmark, LandmarkPoint> points = face.Landmarks.ToDictionary(point => point.Landmark);
            points.Should().HaveCount(6);
            (points[FaceLandmark.LeftEye].X - x).Should().BeApproximately(0.386 * side, 0.06 * side);
            (points[FaceLandmark.RightEye].X - x).Should().BeApproximately(0.614 * side, 0.06 * side);
            (points[FaceLandmark.LeftEye].Y - y).Should().BeApproximately(0.459 * side, 0.06 * side);
            (points[FaceLandmark.MouthCenter].Y - y).Should().BeApproximately(0.727 * side, 0.08 * side);
        }
    }

    [RequiresTool("npm")]
    public void Several_faces_come_once_each_and_the_largest_first()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn();
        (int Side, int X, int Y)[] places = [(120, 60, 60), (260, 300, 300), (180, 800, 100), (90, 1100, 560)];

        DetectedFace[] faces = [.. detector.Detect(DrawnFace.In(1280, 720, places))];

        faces.Select(face => places.Single(place => face.Box.CenterX > place.X && face.Box.CenterX < place.X + place.Side
            && face.Box.CenterY > place.Y && face.Box.CenterY < place.Y + place.Side).Side).Should().Equal(260, 180, 120, 90);
    }

    [RequiresTool("npm")]
    public void Threads_find_what_one_finds()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn();
        RgbImage[] pictures = [.. Enumerable.Range(1, 4).Select(i => DrawnFace.In(320, 240, (40 + (40 * i), 20 * i, 10)))];
        string[] alone = [.. pictures.Select(picture => string.Join("; ", detector.Detect(picture)))];

        Parallel.For(0, 24, i => string.Join("; ", detector.Detect(pictures[i % 4])).Should().Be(alone[i % 4]));
        alone.Should().OnlyContain(text => text.Length > 0).And.OnlyHaveUniqueItems();
    }

    [RequiresTool("npm")]
    public async Task A_search_ends_between_two_views_of_a_large_picture()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn(new() { SmallestFace = 8 });
        RgbImage large = new(8000, 6000, new byte[3 * 8000 * 6000]);
        using CancellationTokenSource stop = new();

        // The whole of it takes a minute.
        Task<Exception?> search = Task.Factory.StartNew(
            () => (Exception?)Record.Exception(() => detector.Detect(large, stop.Token)), TaskCreationOptions.LongRunning);
        await Task.Delay(200);
        search.IsCompleted.Should().BeFalse();
        await stop.CancelAsync();

        (await search).Should().BeAssignableTo<OperationCanceledException>();
    }

    [RequiresTool("npm")]
    public void Pictures_without_faces_have_none()
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn();
        foreach (int side in (int[])[1, 7, 64, 500])
        {
            detector.Detect(new(side, side, TestImages.Pattern(side, side))).Should().BeEmpty();
            detector.Detect(new(side, 1, new byte[3 * side])).Should().BeEmpty();
            detector.Detect(new(1, side, new byte[3 * side])).Should().BeEmpty();
        }
    }

}
