using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Export;

/// <summary>What calibration images tell of a graph's values.</summary>
/// <param name="Quantizers">Of each value that has steps of its own.</param>
/// <param name="Means">Of each value that weights are multiplied with, the mean of each channel.</param>
internal sealed record CalibrationResult(IReadOnlyDictionary<string, Quantizer> Quantizers, IReadOnlyDictionary<string, double[]> Means);

/// <summary>Runs a graph over images and measures the values that are to be quantised.</summary>
internal sealed class Calibration : IAffectNetwork
{
    // As many numbers as are looked at together: a span holds 2 GB at most, and a batch's values may have more.
    private const int Chunk = 1 << 26;

    private const int BatchSize = 16;

    private readonly GraphEvaluator _evaluator;
    private readonly Dictionary<string, ActivationRange> _ranges;
    private readonly Dictionary<string, double[]?> _sums;
    private long _images;

    private Calibration(GraphEvaluator evaluator, QuantizationPlan plan, ModelMetadata metadata)
    {
        _evaluator = evaluator;
        _ranges = plan.Values.Select(plan.StepsOf).Distinct()
            .ToDictionary(value => value, _ => new ActivationRange(), StringComparer.Ordinal);
        _sums = plan.Products.Select(product => product.Inputs[0]).Distinct()
            .ToDictionary(value => value, _ => (double[]?)null, StringComparer.Ordinal);
        Metadata = metadata;
    }

    public ModelMetadata Metadata { get; }

    public ImmutableArray<string> Tasks => [];

    public int PreferredBatchSize => BatchSize;

    /// <summary>Measures a plan's values.</summary>
    /// <param name="graph">The model's graph, in float32.</param>
    /// <param name="plan">What is quantised.</param>
    /// <param name="metadata">The model's input.</param>
    /// <param name="options">The images.</param>
    /// <exception cref="OnnxExportException">
    /// There are no images, one cannot be read, or a value is not finite.
    /// </exception>
    public static CalibrationResult Run(
        ModelGraph graph, QuantizationPlan plan, ModelMetadata metadata, OnnxCalibrationOptions options)
    {
        using var calibration = new Calibration(
            new(graph.Graph.Content, graph.Images, graph.Features), plan, metadata);
        using (var engine = new PredictionEngine(calibration, new() { BatchSize = BatchSize }))
        {
            FaceImage[] faces = options.Chosen();
            PredictionItem[] failed = [.. engine.PredictAll(faces).Where(item => !item.Succeeded)];
            if (failed.Length > 0)
            {
                string count = string.Create(CultureInfo.InvariantCulture, $"{failed.Length} of {faces.Length}");
                throw new OnnxExportException(
                    $"{count} images to calibrate with cannot be used; the first: {failed[0].Error!.Message}",
                    "Leave them out, or mend them.",
                    failed[0].Error);
            }
        }

        Dictionary<string, Quantizer> quantizers = calibration._ranges.ToDictionary(
            pair => pair.Key, pair => RangeChoice.Of(pair.Value), StringComparer.Ordinal);
        quantizers[graph.Images] = OfPixels(metadata.Input);
        return new(quantizers, calibration._sums.ToDictionary(
            pair => pair.Key,
            pair => Array.ConvertAll(pair.Value!, sum => sum / calibration._images),
            StringComparer.Ordinal));
    }

    public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
    {
        (int height, int width) = (Metadata.Input.Height, Metadata.Input.Width);
        int size = 3 * height * width;
        float[] images = new float[count * size];
        for (int i = 0; i < count; i++)
        {
            Metadata.Input.Normalize(pixels.Span.Slice(i * size, size), images.AsSpan(i * size, size));
        }

        using torch.Tensor given = Transfers.ToDevice(images, [count, 3, height, width], torch.CPU);
        _evaluator.Run(given, Observe);
        _images += count;
        return [];
    }

    public void Dispose() => _evaluator.Dispose();

    private void Observe(string name, torch.Tensor value)
    {
        if (_ranges.TryGetValue(name, out ActivationRange? range) && !Add(range, value))
        {
            throw new OnnxExportException(
                $"On an image to calibrate with, the value '{name}' of the model is not finite.",
                "Export a model whose training went well.");
        }

        if (_sums.TryGetValue(name, out double[]? sums))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor exact = value.to(torch.ScalarType.Float64);
            torch.Tensor images = (exact.dim() == 4 ? exact.mean([2, 3]) : exact).sum([0]).contiguous();
            ReadOnlySpan<double> added = MemoryMarshal.Cast<byte, double>(images.bytes);
            _sums[name] = sums ??= new double[added.Length];
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += added[i];
            }
        }
    }

    /// <summary>Takes a value's numbers in, a chunk after the other; what comes out does not depend on how many a chunk has.</summary>
    /// <returns>False where one is not finite.</returns>
    internal static bool Add(ActivationRange range, torch.Tensor value, int chunk = Chunk)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = value.contiguous().view(-1);
        for (long start = 0; start < values.shape[0]; start += chunk)
        {
            torch.Tensor part = values.narrow(0, start, Math.Min(chunk, values.shape[0] - start));
            if (!range.Add(MemoryMarshal.Cast<byte, float>(part.bytes)))
            {
                return false;
            }
        }

        return true;
    }

    // All that a pixel can be, whichever images were seen.
    private static Quantizer OfPixels(ImagePreprocessing input)
    {
        ReadOnlySpan<float> means = [input.Mean.Red, input.Mean.Green, input.Mean.Blue];
        ReadOnlySpan<float> deviations = [input.StandardDeviation.Red, input.StandardDeviation.Green, input.StandardDeviation.Blue];
        (double least, double greatest) = (0, 0);
        for (int colour = 0; colour < means.Length; colour++)
        {
            least = Math.Min(least, -(double)means[colour] / deviations[colour]);
            greatest = Math.Max(greatest, (1 - (double)means[colour]) / deviations[colour]);
        }

        return Quantizer.Of(least, greatest);
    }
}
