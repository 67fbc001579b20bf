using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Weights;
using ModelMetadata = SsMfar.Metadata.ModelMetadata;

namespace SsMfar.Onnx;

/// <summary>
/// Predicts with an ONNX file that SsMfar exported, on ONNX Runtime; nothing of TorchSharp is needed. Safe for many threads. Overloads for
/// paths, bytes, streams, bitmaps and pixels are in <see cref="AffectPredictorExtensions"/>.
/// </summary>
public sealed class OnnxAffectPredictor : IAffectPredictor
{
    private readonly PredictionEngine _engine;

    private OnnxAffectPredictor(PredictionEngine engine) => _engine = engine;

    /// <inheritdoc/>
    public ModelMetadata Metadata => _engine.Metadata;

    private static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>Loads a model.</summary>
    /// <param name="path">An ONNX file written by <c>SsMfar.Export.OnnxExporter</c> or the console's <c>export</c>.</param>
    /// <param name="options">How to predict; the defaults when null. Their <c>ModelPath</c> is not read.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, not exported by SsMfar, or newer than this library.</exception>
    /// <exception cref="UnknownPartException">The file names a decoder that is not registered.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names each.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime's native library is missing or does not fit this machine.</exception>
    public static OnnxAffectPredictor Load(string path, OnnxAffectPredictorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(options ?? new(), valid => OnnxNetwork.Load(path, valid));
    }

    /// <summary>Loads a model from memory, such as an embedded resource.</summary>
    /// <param name="model">The content of an ONNX file; not needed after the call.</param>
    /// <param name="options">How to predict; the defaults when null. Their <c>ModelPath</c> is not read.</param>
    /// <exception cref="ModelFileException">The model is damaged, not exported by SsMfar, or newer than this library.</exception>
    /// <exception cref="UnknownPartException">The model names a decoder that is not registered.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names each.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime's native library is missing or does not fit this machine.</exception>
    public static OnnxAffectPredictor Load(byte[] model, OnnxAffectPredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Load(options ?? new(), valid => OnnxNetwork.Load(model, valid));
    }

    /// <inheritdoc/>
    public AffectPrediction Predict(FaceImage face) => _engine.Predict(face);

    /// <inheritdoc/>
    public Task<AffectPrediction> PredictAsync(FaceImage face, CancellationToken cancellationToken = default) =>
        _engine.PredictAsync(face, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<PredictionItem> PredictAll(
        IEnumerable<FaceImage> faces, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        _engine.PredictAll(faces, progress, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(IEnumerable<FaceImage> faces, CancellationToken cancellationToken = default) =>
        _engine.PredictAsync(faces, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(
        IAsyncEnumerable<FaceImage> faces,
        CancellationToken cancellationToken = default) =>
        _engine.PredictAsync(faces, cancellationToken);

    /// <summary>Releases the session, once calls that are running on other threads are through.</summary>
    public void Dispose() => _engine.Dispose();

    private static OnnxAffectPredictor Load(OnnxAffectPredictorOptions options, Func<OnnxAffectPredictorOptions, OnnxNetwork> open)
    {
        PredictionFaults.Require(((IModelFileOptions)options).Faults());
        OnnxNetwork network = open(options);
        try
        {
            PredictionEngine engine = new(network, options, options.Decoders);
            PredictorLog.ModelLoaded(
                (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<OnnxAffectPredictor>(),
                network.Name,
                options.ConfigureSession is null ? $"ONNX Runtime {Version} on the CPU" : $"ONNX Runtime {Version} as configured",
                network.Tasks,
                network.Metadata);
            return new(engine);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
