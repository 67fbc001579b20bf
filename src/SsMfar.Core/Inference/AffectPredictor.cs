using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Inference;

/// <summary>
/// Predicts with a trained model on TorchSharp. Owns the model, whose backbone it fuses where it can (<see cref="IFusible"/>). Safe for
/// many threads. Overloads for paths, bytes, streams, bitmaps and pixels are in <see cref="AffectPredictorExtensions"/>.
/// </summary>
public sealed class AffectPredictor : IAffectPredictor
{
    private readonly TorchNetwork _network;
    private readonly PredictionEngine _engine;
    private readonly bool _flips;

    private AffectPredictor(TorchNetwork network, AffectPredictorOptions options)
    {
        _network = network;
        _engine = new(network, options, options.Parts.Decoders);
        _flips = options.FlipAveraging;
    }

    /// <inheritdoc/>
    public ModelMetadata Metadata => _network.Metadata;

    /// <summary>Loads a model file.</summary>
    /// <param name="path">
    /// A file written by <see cref="ModelFile.Save(string, MultiTaskModel, ModelMetadata)"/>, as a training result does.
    /// </param>
    /// <param name="options">
    /// Where to run and how to predict; the defaults when null. Their <see cref="AffectPredictorOptions.ModelPath"/> is not read.
    /// </param>
    /// <exception cref="ModelFileException">The file is missing, damaged, no model, or newer than this library.</exception>
    /// <exception cref="UnknownPartException">The file names a part that is not registered.</exception>
    /// <exception cref="DeviceNotAvailableException">The device that was demanded does not exist.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names each.</exception>
    public static AffectPredictor Load(string path, AffectPredictorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        PredictionFaults.Require(((IModelFileOptions)options).Faults());
        TorchRuntime.Initialize();
        LoadedModel loaded = ModelFile.Load(path, options.Parts);
        MultiTaskModel model = loaded.Model;
        try
        {
            // After the file: one of another kind is that on any device.
            torch.Device device = options.Device.ResolveAndLog(options.LoggerFactory);
            if (ModelFusion.Fuse(model, options.Parts) is { } fused)
            {
                model = fused;
                loaded.Dispose();
            }

            AffectPredictor predictor = new(new TorchNetwork(path, model, loaded.Metadata, device), options);
            PredictorLog.ModelLoaded(
                (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<AffectPredictor>(),
                path,
                device.ToString(),
                model.TaskNames,
                loaded.Metadata);
            return predictor;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public AffectPrediction Predict(FaceImage face) => _engine.Predict(face);

    /// <inheritdoc/>
    public Task<AffectPrediction> PredictAsync(FaceImage face, CancellationToken cancellationToken = default) =>
        _engine.PredictAsync(face, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<PredictionItem> PredictAll(
        IEnumerable<FaceImage> faces,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default) =>
        _engine.PredictAll(faces, progress, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(IEnumerable<FaceImage> faces, CancellationToken cancellationToken = default) =>
        _engine.PredictAsync(faces, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(
        IAsyncEnumerable<FaceImage> faces,
        CancellationToken cancellationToken = default) =>
        _engine.PredictAsync(faces, cancellationToken);

    /// <summary>Predicts a batch of images that is a tensor already.</summary>
    /// <param name="images">
    /// [N, 3, H, W], or [3, H, W] for one image: RGB of 0 to 255 (not 0 to 1), uint8 or floating point, on any device; not changed. At the
    /// model's input size and without a box they go to the network as they are. Otherwise they are resized on the host as decoded images
    /// are, floating values rounded to 8 bits first.
    /// </param>
    /// <param name="face">Where the face is in every image; the whole image when null.</param>
    /// <returns>One prediction an image, in order.</returns>
    /// <exception cref="ArgumentException">
    /// The tensor has another shape or type, or floating values that are plainly of another scale: 0 to 1, normalised, NaN or infinite.
    /// </exception>
    /// <exception cref="ImageDecodeException">The box has no part inside of the images.</exception>
    /// <exception cref="NonFiniteOutputException">
    /// The model's outputs are no numbers: its weights are damaged, or the images hold no numbers.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The predictor or the tensor was disposed.</exception>
    public IReadOnlyList<AffectPrediction> PredictTensor(torch.Tensor images, FaceBox? face = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        torch.Tensor pixels = TensorImages.Batch(images);
        bool fits = face is null && pixels.size(2) == Metadata.Input.Height && pixels.size(3) == Metadata.Input.Width;
        return fits
            ? [.. TensorImages.Parts(pixels, _engine.BatchSize).SelectMany(Run)]
            : [.. _engine.PredictAll(TensorImages.Faces(pixels, face)).Select(item => item.GetPrediction())];
    }

    /// <summary>Disposes the model, once calls that are running on other threads are through.</summary>
    public void Dispose() => _engine.Dispose();

    private IReadOnlyList<AffectPrediction> Run(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _engine.PredictOutputs(
            checked((int)pixels.size(0)), () => _network.Run(_flips ? torch.cat([pixels, pixels.flip(3)]) : pixels));
    }
}
