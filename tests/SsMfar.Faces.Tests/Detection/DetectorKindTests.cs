using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Weights;

namespace SsMfar.Tests.Faces;

/// <summary>Which family a file is of, and files that are of none.</summary>
public sealed class DetectorKindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_s_family_is_told_from_its_graph_whatever_its_name_is()
    {
        Kind(DetectorFiles.BlazeFace()).Should().Be(FaceDetectorKind.BlazeFaceFront);
        Kind(BlazeFaceBack(planes: false)).Should().Be(FaceDetectorKind.BlazeFaceBack);
        Kind(BlazeFaceBack(planes: true)).Should().Be(FaceDetectorKind.BlazeFaceBack, "some converters put the channels first");
        Kind(DetectorFiles.YuNet(64, 64, 1)).Should().Be(FaceDetectorKind.YuNet);
        Kind(DetectorFiles.Scrfd(64, 64, 1, [8, 16, 32], 2)).Should().Be(FaceDetectorKind.Scrfd);
        Kind(DetectorFiles.Scrfd(64, 64, 1, [8, 16, 32], 2, hasPoints: false)).Should().Be(FaceDetectorKind.Scrfd);
        Kind(DetectorFiles.Scrfd(128, 128, 1, [8, 16, 32, 64, 128], 1)).Should().Be(FaceDetectorKind.Scrfd);
    }

    [Fact]
    public void Sides_that_only_a_run_knows_become_the_usual_ones()
    {
        DetectorGraph graph = new(
            [new("input.1", [1, 3, -1, -1])],
            [.. Enumerable.Range(0, 9).Select(i => new GraphValue($"{i}", [-1, i < 3 ? 1 : i < 6 ? 4 : 10]))]);

        DetectorLayout layout = DetectorLayout.Of(graph)!;

        (layout.Kind, layout.Width, layout.Height).Should().Be((FaceDetectorKind.Scrfd, 640, 640));
    }

    [Theory]
    [InlineData("face_detection_yunet_2026may.onnx", FaceDetectorKind.YuNet)]
    [InlineData("scrfd_500m_bnkps.onnx", FaceDetectorKind.Scrfd)]
    [InlineData("scrfd_2.5g.onnx", FaceDetectorKind.Scrfd)]
    public void Graphs_of_published_files_are_told(string file, FaceDetectorKind kind)
    {
        // Inputs and outputs as those files have them.
        int[] strides = [8, 16, 32];
        DetectorGraph graph = file switch
        {
            "face_detection_yunet_2026may.onnx" => new(
                [new("input", [1, 3, -1, -1])],
                [.. new[] { ("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10) }.SelectMany(
                    part => strides.Select(stride => new GraphValue($"{part.Item1}_{stride}", [1, -1, part.Item2])))]),
            "scrfd_500m_bnkps.onnx" => new(
                [new("input.1", [1, 3, 640, 640])],
                [.. new[] { ("score", 1), ("bbox", 4), ("kps", 10) }.SelectMany(part => strides.Select(
                    stride => new GraphValue($"{part.Item1}_{stride}", [1, 2 * (640 / stride) * (640 / stride), part.Item2])))]),
            _ => new(
                [new("input.1", [1, 3, -1, -1])],
                [
                    .. new[] { "446", "466", "486" }.Select(name => new GraphValue(name, [-1, 1])),
                    .. new[] { "449", "469", "489" }.Select(name => new GraphValue(name, [-1, 4])),
                    .. new[] { "452", "472", "492" }.Select(name => new GraphValue(name, [-1, 10])),
                ]),
        };

        DetectorLayout layout = DetectorLayout.Of(graph)!;

        (layout.Kind, layout.Width, layout.Height).Should().Be((kind, 640, 640));
        layout.OutputNames.Should().BeEquivalentTo(graph.Outputs.Select(output => output.Name));
    }

    [Fact]
    public void A_file_that_is_no_detector_is_refused_in_one_line_that_says_what_it_has_and_what_is_known()
    {
        byte[] classifier = OnnxFile.Of([1, 3, 112, 112], ("scores", [1, 8], new float[8]));
        string path = _folder.File("classifier.onnx");
        File.WriteAllBytes(path, classifier);

        string message = FluentActions.Invoking(() => OnnxFaceDetector.Load(path)).Should().Throw<ModelFileException>().Which.Message;

        message.Should().ContainAll(
            "classifier.onnx", "no face detector that is known", "input [1, 3, 112, 112]", "scores [1, 8]", "BlazeFace", "YuNet", "SCRFD")
            .And.NotContain("\n");
    }

    [Theory]
    [InlineData("an input too many", 6, 3, 640)]
    [InlineData("an output too few", 8, 3, 640)]
    [InlineData("five channels", 9, 5, 640)]
    [InlineData("a side that strides do not divide", 9, 3, 636)]
    public void Graphs_that_are_nearly_one_are_none(string what, int outputs, int channels, int side)
    {
        ArgumentNullException.ThrowIfNull(what);
        DetectorGraph graph = new(
            outputs == 6 ? [new("a", [1, 3, side, side]), new("b", [1])] : [new("a", [1, channels, side, side])],
            [.. Enumerable.Range(0, outputs).Select(i => new GraphValue($"{i}", [100, i < 3 ? 1 : i < 6 ? 4 : 10]))]);

        DetectorLayout.Of(graph).Should().BeNull();
    }

    [Fact]
    public void Files_that_are_no_models_are_named_with_what_they_are()
    {
        Refusal([]).Should().Contain("it is empty");
        Refusal("version https://git-lfs.github.com/spec/v1"u8.ToArray()).Should().Contain("Git LFS pointer");
        Refusal("<html>"u8.ToArray()).Should().Contain("web page");
        Refusal([1, 2, 3, 4]).Should().Contain("ONNX Runtime cannot load it");
        Refusal(DetectorFiles.BlazeFace()[..5000]).Should().Contain("ONNX Runtime cannot load it");
        FluentActions.Invoking(() => OnnxFaceDetector.Load(_folder.File("none.onnx"))).Should().Throw<ModelFileException>()
            .WithMessage("*none.onnx*no such file*");
    }

    [LinuxFact]
    public async Task A_pipe_is_refused_and_never_opened()
    {
        string pipe = _folder.File("pipe.onnx");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode.Should().Be(0);

        // Whoever opens a pipe that nobody writes to never comes back.
        await Task.Run(() => FluentActions.Invoking(() => OnnxFaceDetector.Load(pipe)).Should().Throw<ModelFileException>()
            .WithMessage("*pipe.onnx*it is a pipe, a socket or a device, not a file*")).WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Options_that_cannot_be_used_are_all_named()
    {
        FaceDetectorOptions options = new() { MinimumScore = 1.5f, SmallestFace = 0, Overlap = 0, Threads = 0 };

        FluentActions.Invoking(() => OnnxFaceDetector.Load(DetectorFiles.BlazeFace(), options)).Should().Throw<ArgumentException>()
            .Which.Message.Should().ContainAll("MinimumScore is 1.5", "SmallestFace is 0", "Overlap is 0", "Threads is 0");
        FluentActions.Invoking(() => OnnxFaceDetector.LoadBuiltIn(kind: FaceDetectorKind.YuNet)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void The_minimum_score_and_the_session_s_options_are_the_caller_s()
    {
        RgbImage picture = new(128, 128, new byte[3 * 128 * 128]);
        bool isConfigured = false;
        byte[] file = DetectorFiles.YuNet(64, 64, 3);
        using OnnxFaceDetector all = OnnxFaceDetector.Load(
            file, new() { MinimumScore = 0.1f, SmallestFace = 8, ConfigureSession = _ => isConfigured = true });
        using OnnxFaceDetector few = OnnxFaceDetector.Load(file, new() { MinimumScore = 0.9f, SmallestFace = 8 });

        all.Detect(picture).Length.Should().BeGreaterThan(few.Detect(picture).Length);
        few.Detect(picture).Should().NotBeEmpty().And.OnlyContain(face => face.Score >= 0.9f);
        isConfigured.Should().BeTrue();
        FluentActions.Invoking(() => OnnxFaceDetector.Load(
            file, new() { ConfigureSession = session => session.AppendExecutionProvider("QNN") }))
            .Should().Throw<ArgumentException>().WithMessage("ConfigureSession failed: *QNN*");
    }

    [Fact]
    public void Faces_smaller_than_asked_for_are_left_out()
    {
        RgbImage picture = new(640, 640, new byte[3 * 640 * 640]);
        byte[] file = DetectorFiles.YuNet(64, 64, 3);
        using OnnxFaceDetector detector = OnnxFaceDetector.Load(file, new() { MinimumScore = 0.1f, SmallestFace = 150 });

        detector.Detect(picture).Should().NotBeEmpty().And.OnlyContain(face => Math.Max(face.Box.Width, face.Box.Height) >= 150);
    }

    [Fact]
    public void A_disposed_detector_says_so()
    {
        OnnxFaceDetector detector = OnnxFaceDetector.Load(DetectorFiles.BlazeFace());
        detector.Dispose();
        detector.Dispose();

        detector.Invoking(d => d.Detect(new(1, 1, new byte[3]))).Should().Throw<ObjectDisposedException>();
    }

    private static FaceDetectorKind Kind(byte[] file)
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.Load(file);
        detector.Detect(new(40, 30, new byte[3 * 40 * 30]));
        return detector.Kind;
    }

    private static byte[] BlazeFaceBack(bool planes) => OnnxFile.Of(
        planes ? [1, 3, 256, 256] : [1, 256, 256, 3], ("classificators", [1, 896, 1], new float[896]),
            ("regressors", [1, 896, 16], new float[896 * 16]));

    private string Refusal(byte[] bytes)
    {
        string path = _folder.File("broken.onnx");
        File.WriteAllBytes(path, bytes);
        return FluentActions.Invoking(() => OnnxFaceDetector.Load(path)).Should().Throw<ModelFileException>().Which.Message.Should()
            .Contain("broken.onnx").And.NotContain("\n").And.Subject;
    }
}
