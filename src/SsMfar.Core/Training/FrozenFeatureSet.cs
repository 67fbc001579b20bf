using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// The features of a data set's images, computed once by a frozen backbone (<see cref="MultiTaskTrainer.ComputeFeaturesAsync"/>), for any
/// number of trainings of heads: on some of the rows (<see cref="Select"/>), with other labels (<see cref="With"/>), by trainers with
/// other seeds and settings. Takes 4 x views x features bytes a row, and the backbone's weights once.
/// </summary>
/// <remarks>
/// Every model that learns from it has the set's backbone. Augmented views were drawn once, by the trainer that computed the set; of the
/// image as it is and its mirror image there is nothing to draw. May be read by several threads.
/// </remarks>
public sealed class FrozenFeatureSet : IComputedFeatures, IDisposable
{
    private const int BatchSize = 64;

    private readonly FeatureBackbone _source;
    private readonly FeatureTable _table;
    private readonly int[] _rows;
    private readonly bool _isWhole;

    private FrozenFeatureSet(FeatureBackbone source, FeatureTable table, AnnotationSet annotations, int[] rows, bool isWhole)
    {
        (_source, _table, Annotations, _rows, _isWhole) = (source, table, annotations, rows, isWhole);
    }

    /// <summary>Gets the rows and their labels, in the order of the data set.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the number of rows.</summary>
    public int Count => _rows.Length;

    /// <summary>Gets how many rows the data set had whose image could not be read; they are not in the set.</summary>
    public int SkippedImages { get; private init; }

    /// <summary>Gets how many views of each image there are features of: the image, its mirror image, and augmented ones.</summary>
    public int Views => _table.Views;

    /// <summary>Gets how much memory the features of all rows take, in bytes.</summary>
    public long Bytes => _table.Bytes;

    /// <summary>Some of the rows. This set must not be disposed before.</summary>
    /// <param name="rows">Places in <see cref="Annotations"/>, in the order wanted.</param>
    /// <returns>A set of these rows alone; to dispose it does nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public FrozenFeatureSet Select(IEnumerable<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int[] chosen = [.. rows];
        foreach (int row in chosen)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row, nameof(rows));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count, nameof(rows));
        }

        return new(_source, _table, Annotations.Select(chosen), [.. chosen.Select(row => _rows[row])], isWhole: false);
    }

    /// <summary>The same images with other labels. This set must not be disposed before.</summary>
    /// <param name="annotations">A row for each of this set's, of the same image.</param>
    /// <returns>A set with these labels; to dispose it does nothing.</returns>
    /// <exception cref="ArgumentException">The rows are of other images, or in another order.</exception>
    public FrozenFeatureSet With(AnnotationSet annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        return annotations.Count == Count && annotations.Zip(Annotations, (a, b) => a.Image == b.Image).All(same => same)
            ? new(_source, _table, annotations, _rows, isWhole: false)
            : throw new ArgumentException("The labels are not of the set's images, in their order.", nameof(annotations));
    }

    /// <summary>What a model whose heads learned from this set, or some of its rows, reads in its images.</summary>
    /// <param name="result">What the training gave.</param>
    /// <param name="options">
    /// How to predict; the defaults when null. With <see cref="PredictionOptions.FlipAveraging"/> the features of the mirror images, which
    /// are here, are read too.
    /// </param>
    /// <param name="decoders">The decoders that the model's metadata may name; the built-in ones when null.</param>
    /// <returns>A prediction a row, those of <see cref="AffectPredictor"/> for the image but for the last digits.</returns>
    /// <exception cref="TrainingConfigurationException">The model has another backbone than the set.</exception>
    /// <exception cref="NonFiniteOutputException">An output is no number.</exception>
    public IReadOnlyList<AffectPrediction> Predict(
        TrainingResult result, PredictionOptions? options = null, TaskDecoders? decoders = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        MultiTaskModel model = result.Model;
        _source.RequireSame(model);
        torch.Device device = model.parameters().First().device;
        using PredictionEngine engine = new(new HeadNetwork(result.Metadata, model.TaskNames), options, decoders);
        using FeatureTable table = _table.Only(_rows);
        List<AffectPrediction> read = new(Count);
        foreach (int[] rows in Enumerable.Range(0, Count).Chunk(BatchSize))
        {
            read.AddRange(engine.PredictOutputs(rows.Length, () => Outputs(rows)));
        }

        return read;

        float[][] Outputs(int[] rows)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using var inference = torch.inference_mode();
            int[] views = options is { FlipAveraging: true } ? [FrozenFeatures.Plain, FrozenFeatures.Mirrored] : [FrozenFeatures.Plain];
            torch.Tensor features = torch.cat(
                [.. views.Select(view => table.Gather(rows, [.. Enumerable.Repeat(view, rows.Length)], device))]);
            using TaskOutputs outputs = model.FromFeatures(features);
            return
            [
                .. model.TaskNames.Select(task =>
                    Transfers.ToHost(outputs[task].to(torch.ScalarType.Float32)).contiguous().data<float>().ToArray()),
            ];
        }
    }

    /// <summary>Gives the memory back, where this is the whole set and not a part of one.</summary>
    public void Dispose()
    {
        if (_isWhole)
        {
            _table.Dispose();
            _source.Dispose();
        }
    }

    /// <summary>What a run that computed its features leaves.</summary>
    internal static FrozenFeatureSet Of(TrainingRun run) => new(
        FeatureBackbone.Of(
            run.State.Model,
            run.Input,
            run.Step.Features!.Layout,
            run.Metadata(new()).Notes.GetValueOrDefault(ModelNotes.StartedFrom),
            StartedRun.ViewsOf(run)),
        run.Step.Features.Take(),
        run.Training.Annotations,
        [.. Enumerable.Range(0, run.Training.Count)],
        isWhole: true)
    {
        SkippedImages = run.Training.SkippedImages,
    };

    bool IComputedFeatures.IsOfSameImages(IComputedFeatures other) => other is FrozenFeatureSet set && _source == set._source;

    string? IComputedFeatures.StartedFrom => _source.StartedFrom;

    string IComputedFeatures.DrawnFrom => _source.Views;

    void IComputedFeatures.RequireStart(MultiTaskModel model, string path) => _source.RequireStart(model, path);

    void IComputedFeatures.GiveBackbone(MultiTaskModel model, ImagePreprocessing input) => _source.Give(model, input);

    FeatureTable IComputedFeatures.TableFor(MultiTaskModel model, FeatureLayout? wanted)
    {
        _source.RequireSame(model);
        if (wanted is { } views)
        {
            _source.RequireViews(views);
        }

        return _table.Only(_rows);
    }

    // Of a network it has what is said of it; its outputs come from elsewhere.
    private sealed class HeadNetwork(ModelMetadata metadata, ImmutableArray<string> tasks) : IAffectNetwork
    {
        public ModelMetadata Metadata => metadata;

        public ImmutableArray<string> Tasks => tasks;

        public int PreferredBatchSize => BatchSize;

        public float[][] Run(ReadOnlyMemory<byte> pixels, int count) => throw new NotSupportedException("Features alone are read.");

        public void Dispose()
        {
        }
    }
}
