using System.Collections.Immutable;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Inference;

/// <summary>Predicts with a trained model on TorchSharp. Owns the model. Safe for many threads; each call uses the calling thread.</summary>
public sealed class AffectPredictor : IAffectPredictor
{
    private const int BatchSize = 64;

    private readonly MultiTaskModel _model;
    private readonly torch.Device _device;
    private readonly PixelNormalization _normalization;
    private readonly ImmutableArray<(string Task, ITaskDecoder Decoder)> _decoders;
    private readonly ImageDecoder _decoder = ImageDecoder.Default;

    private AffectPredictor(LoadedModel loaded, ModelParts parts, torch.Device device)
    {
        _model = loaded.Model;
        Metadata = loaded.Metadata;
        _device = device;
        _decoders = [.. _model.TaskNames.Select(task => (task, parts.CreateDecoder(Metadata.Decoders[task])))];
        ImagePreprocessing input = Metadata.Input;
        _normalization = new(
            [input.Mean.Red, input.Mean.Green, input.Mean.Blue],
            [input.StandardDeviation.Red, input.StandardDeviation.Green, input.StandardDeviation.Blue],
            input.ChannelOrder == ChannelOrder.Bgr);
        _model.to(device);
        ChannelsLast.Apply(_model);
        _model.eval();
    }

    /// <summary>What the model file says of itself: classes, input, recipe, score.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Loads a model file.</summary>
    /// <param name="path">A file written by <see cref="Training.TrainingResult.SaveModel"/> or <see cref="ModelFile.Save(string, MultiTaskModel, ModelMetadata)"/>.</param>
    /// <param name="parts">The built-in parts and those of your own that the file names; the built-in ones when null.</param>
    /// <param name="device">Where to run; CUDA when there is one, else the CPU, by default.</param>
    /// <exception cref="WeightFileException">The file is missing, damaged, no model, or newer than this library.</exception>
    /// <exception cref="UnknownPartException">The file names a part that is not registered.</exception>
    /// <exception cref="DeviceNotAvailableException">The device that was demanded does not exist.</exception>
    public static AffectPredictor Load(string path, ModelParts? parts = null, TrainingDevice device = default)
    {
        TorchRuntime.Initialize();
        parts ??= ModelParts.BuiltIn;
        torch.Device where = device.Resolve();
        LoadedModel loaded = ModelFile.Load(path, parts);
        try
        {
            return new(loaded, parts, where);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public AffectPrediction Predict(string path, FaceBox? face = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var folder = new FolderImageSource(Path.GetDirectoryName(Path.GetFullPath(path))!);
        byte[] pixels = new byte[PixelBytes];
        _decoder.DecodeResized(folder, Path.GetFileName(path), face, Metadata.Input.Width, Metadata.Input.Height, pixels);
        return Run(pixels, 1)[0];
    }

    /// <inheritdoc/>
    public AffectPrediction Predict(ReadOnlySpan<byte> encoded, FaceBox? face = null)
    {
        byte[] pixels = new byte[PixelBytes];
        _decoder.DecodeResized(encoded, "image", face, Metadata.Input.Width, Metadata.Input.Height, pixels);
        return Run(pixels, 1)[0];
    }

    /// <inheritdoc/>
    public IReadOnlyList<AffectPrediction> PredictAll(
        IImageSource images, IReadOnlyList<string> names, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(names);
        var predictions = new List<AffectPrediction>(names.Count);
        byte[] pixels = new byte[PixelBytes * Math.Min(BatchSize, Math.Max(1, names.Count))];
        for (int start = 0; start < names.Count; start += BatchSize)
        {
            int count = Math.Min(BatchSize, names.Count - start);
            int first = start;
            Decode(images, i => names[first + i], pixels, count, cancellationToken);
            predictions.AddRange(Run(pixels, count));
            progress?.Report(predictions.Count);
        }

        return predictions;
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private int PixelBytes => Metadata.Input.Width * Metadata.Input.Height * 3;

    private void Decode(IImageSource images, Func<int, string> name, byte[] pixels, int count, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken }, i => _decoder.DecodeResized(
                images, name(i), null, Metadata.Input.Width, Metadata.Input.Height, pixels.AsSpan(i * PixelBytes, PixelBytes)));
        }
        catch (AggregateException failures) when (failures.InnerExceptions.OfType<ImageDecodeException>().FirstOrDefault() is { } first)
        {
            throw new ImageDecodeException(first.ImageName, first.Reason, first.Remedy, first);
        }
    }

    private AffectPrediction[] Run(byte[] pixels, int count)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        torch.Tensor bytes = torch.tensor(pixels.AsSpan(0, count * PixelBytes).ToArray(), [count, Metadata.Input.Height, Metadata.Input.Width, 3]);
        torch.Tensor images = bytes.to(_device).permute(0, 3, 1, 2).to(torch.ScalarType.Float32);
        TaskOutputs outputs = _model.call(_normalization.Apply(images));
        var predictions = new AffectPrediction[count];
        Array.Fill(predictions, new());
        foreach ((string task, ITaskDecoder decoder) in _decoders)
        {
            float[] values = outputs[task].to(torch.ScalarType.Float32).cpu().data<float>().ToArray();
            int width = values.Length / count;
            for (int i = 0; i < count; i++)
            {
                predictions[i] = With(predictions[i], task, decoder.Decode(values.AsSpan(i * width, width)));
            }
        }

        return predictions;
    }

    // A built-in task that was given a decoder of the user's own is a custom prediction too.
    private static AffectPrediction With(AffectPrediction prediction, string task, object value) => (task, value) switch
    {
        (AffectTaskNames.Expression, ExpressionPrediction expression) => prediction with { Expression = expression },
        (AffectTaskNames.ValenceArousal, ValenceArousal affect) => prediction with { ValenceArousal = affect },
        (AffectTaskNames.ActionUnits, ActionUnitPrediction units) => prediction with { ActionUnits = units },
        _ => prediction with { Custom = prediction.Custom.SetItem(task, value) },
    };
}
