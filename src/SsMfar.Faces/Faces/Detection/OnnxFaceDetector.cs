using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Shared;
using SsMfar.Weights;

namespace SsMfar.Faces;

/// <summary>
/// Finds faces with an ONNX file of one of the families of <see cref="FaceDetectorKind"/>, told from its graph, on ONNX Runtime. BlazeFace
/// comes with the package (<see cref="LoadBuiltIn"/>). Safe for many threads.
/// </summary>
public sealed class OnnxFaceDetector : IFaceDetector
{
    private readonly InferenceSession _session;
    private readonly DetectorLayout _layout;
    private readonly RunOptions _runOptions = new();
    private readonly FaceDetectorOptions _options;
    private readonly SharedLifetime _lifetime;

    private OnnxFaceDetector(InferenceSession session, DetectorLayout layout, FaceDetectorOptions options, string content)
    {
        (_session, _layout, _options) = (session, layout, options);
        Stamp = FormattableString.Invariant($"{content} {options.MinimumScore} {options.SmallestFace} {options.Overlap}");
        _lifetime = new(new Native(session, _runOptions), this);
    }

    /// <summary>Gets whether this build of the package has a detector; one made where npm was not on the path has none.</summary>
    public static bool HasBuiltIn => BuiltInDetectors.Has(FaceDetectorKind.BlazeFaceBack);

    /// <summary>How the network takes pixels and gives faces.</summary>
    internal DetectorLayout Layout => _layout;

    /// <summary>Gets the family of the file.</summary>
    public FaceDetectorKind Kind => _layout.Kind;

    /// <inheritdoc/>
    public ImmutableArray<FaceLandmark> Landmarks => _layout.Landmarks;

    /// <inheritdoc/>
    /// <remarks>A sum over the file, and the options.</remarks>
    public string Stamp { get; }

    /// <summary>Loads the detector that comes with the package.</summary>
    /// <param name="options">How to look; the defaults when null. Copied.</param>
    /// <param name="kind">
    /// <see cref="FaceDetectorKind.BlazeFaceBack"/>, or <see cref="FaceDetectorKind.BlazeFaceFront"/> for faces near the camera alone.
    /// </param>
    /// <exception cref="ModelFileException">This build of the package has none.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime has no native library for this platform.</exception>
    /// <exception cref="ArgumentException">An option or the kind cannot be used; the message names each.</exception>
    public static OnnxFaceDetector LoadBuiltIn(FaceDetectorOptions? options = null,
        FaceDetectorKind kind = FaceDetectorKind.BlazeFaceBack) =>
        Load(BuiltInDetectors.NameOf(kind), BuiltInDetectors.Read(kind), options);

    /// <summary>Loads a detector.</summary>
    /// <param name="path">An ONNX file of BlazeFace, YuNet or SCRFD.</param>
    /// <param name="options">How to look; the defaults when null. Copied.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or no such detector; the message says what it has.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime has no native library for this platform.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names each.</exception>
    public static OnnxFaceDetector Load(string path, FaceDetectorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            RegularFile.Require(path);
            return Load(path, File.ReadAllBytes(path), options);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException(path, null, "there is no such file", "Check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFileException(
                path, null, $"it cannot be opened: {e.Message.TrimEnd('.')}", "Check the path and its permissions", e);
        }
    }

    /// <summary>Loads a detector from memory.</summary>
    /// <param name="model">The content of an ONNX file; not needed after the call.</param>
    /// <param name="options">How to look; the defaults when null. Copied.</param>
    /// <exception cref="ModelFileException">The bytes are damaged or no such detector; the message says what they have.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime has no native library for this platform.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names each.</exception>
    public static OnnxFaceDetector Load(byte[] model, FaceDetectorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Load("the detector", model, options);
    }

    /// <inheritdoc/>
    public ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using SharedLifetime.Use running = _lifetime.Enter();
        using FaceSearch search = new(picture, _layout, Run);
        List<FaceCandidate> faces = search.Run(
            _options.MinimumScore ?? _layout.UsualScore, _options.SmallestFace, _options.Overlap, cancellationToken);
        return [.. faces.OrderByDescending(face => face.Box.Area).Select(ToFace)];
    }

    /// <summary>Releases the session, once calls that are running on other threads are through.</summary>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>The network's outputs for an input, in the layout's order.</summary>
    internal float[][] Run(Memory<float> input)
    {
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, input, [.. _layout.InputShape]);
        using IDisposableReadOnlyCollection<OrtValue> outputs =
            _session.Run(_runOptions, [_layout.InputName], [value], _layout.OutputNames);
        return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
    }

    private static OnnxFaceDetector Load(string name, byte[] model, FaceDetectorOptions? options)
    {
        options ??= new();
        PredictionFaults.Require(options.Faults());
        RequireOnnx(name, model);
        InferenceSession? session = null;
        try
        {
            using SessionOptions sessionOptions = options.ToSessionOptions();
            session = new(model, sessionOptions);
            DetectorGraph graph = DetectorGraph.Of(session);
            DetectorLayout layout = DetectorLayout.Of(graph) ?? throw new ModelFileException(
                name, null, $"it is no face detector that is known: {graph}", $"Known are {DetectorLayout.Known}");
            return new(session, layout, new()
            {
                MinimumScore = options.MinimumScore,
                SmallestFace = options.SmallestFace,
                Overlap = options.Overlap,
            }, Convert.ToHexStringLower(SHA256.HashData(model)));
        }
        catch (Exception e) when (NativeRuntime.Missing(e) is { } missing)
        {
            throw missing;
        }
        catch (OnnxRuntimeException e)
        {
            session?.Dispose();
            throw new ModelFileException(
                name, null, $"ONNX Runtime cannot load it: {e.Message.TrimEnd('.')}", "Download the detector again", e);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    // What is of another kind for sure; of the rest ONNX Runtime says what is wrong.
    private static void RequireOnnx(string name, ReadOnlySpan<byte> model)
    {
        WeightFileKind kind = WeightFileKinds.Of(model[..Math.Min(model.Length, WeightFileKinds.BytesNeeded)]);
        if (kind is not (WeightFileKind.Onnx or WeightFileKind.Unknown))
        {
            string what = kind switch
            {
                WeightFileKind.Empty => "it is empty",
                WeightFileKind.GitLfsPointer => "it is a Git LFS pointer, which stands for a file that was not downloaded",
                WeightFileKind.WebPage => "it is a web page, not a model",
                _ => $"it is a file of the kind {kind}, not an ONNX model",
            };
            throw new ModelFileException(name, null, what, $"Give an ONNX file; known are {DetectorLayout.Known}") { Kind = kind };
        }
    }

    private DetectedFace ToFace(FaceCandidate face) => new(
        face.Box,
        [.. _layout.Landmarks.Select((landmark, i) => new LandmarkPoint(landmark, face.Points[2 * i], face.Points[(2 * i) + 1]))],
        face.Score);

    private sealed class Native(InferenceSession session, RunOptions options) : IDisposable
    {
        public void Dispose()
        {
            options.Dispose();
            session.Dispose();
        }
    }
}
