using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// Several predictors as one: the mean of their probabilities, of valence and arousal, of intensities, and of the thresholds of action
/// units. Probabilities of expressions are averaged as they are before the models' temperatures; the geometric means of temperatures and
/// weights, which are the models' own where they all have the same, are applied to the average. Each predictor decodes and resizes images
/// as its own model wants them. Many images are read in chunks of at most 256, by one predictor after the other. Owns the predictors. Safe
/// for many threads where they are.
/// </summary>
public sealed class AveragingPredictor : IAffectPredictor
{
    // Bounds memory: what a stream held is kept until the last predictor has read it.
    private const int ChunkSize = 256;

    // A batch on a CPU: what arrives is not to wait for many others.
    private const int ArrivingChunkSize = 32;

    private readonly IAffectPredictor[] _predictors;
    private readonly Func<string, IReadOnlyList<object>, object>? _averageCustom;
    private bool _disposed;

    /// <summary>Makes a predictor.</summary>
    /// <param name="predictors">
    /// At least one predictor; all of the same tasks and classes. Disposed with this one, unless this constructor throws.
    /// </param>
    /// <param name="averageCustom">
    /// Averages predictions of a custom task: its name and one prediction a predictor, in their order. Without it such models are
    /// refused when they predict.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no predictor, or they differ in tasks, classes, or how the faces that they were trained on were aligned; the message says
    /// in what.
    /// </exception>
    public AveragingPredictor(IEnumerable<IAffectPredictor> predictors, Func<string, IReadOnlyList<object>, object>? averageCustom = null)
    {
        ArgumentNullException.ThrowIfNull(predictors);
        _predictors = [.. predictors];
        _averageCustom = averageCustom;
        if (_predictors.Length == 0 || _predictors.Any(predictor => predictor is null))
        {
            throw new ArgumentException("Predictions of no model cannot be averaged. Give one predictor or more.", nameof(predictors));
        }

        ModelMetadata first = _predictors[0].Metadata;
        for (int i = 1; i < _predictors.Length; i++)
        {
            ModelMetadata other = _predictors[i].Metadata;
            if ((Difference("tasks", first.Decoders.Keys, other.Decoders.Keys, i)
                ?? Difference("kinds of tasks", Kinds(first), Kinds(other), i)
                ?? Difference("expression classes", first.ExpressionClasses, other.ExpressionClasses, i)
                ?? Difference("action units", first.ActionUnits, other.ActionUnits, i)
                ?? Difference("units of intensities", Names(first.IntensityUnits()), Names(other.IntensityUnits()), i)) is { } difference)
            {
                throw new ArgumentException(difference, nameof(predictors));
            }
        }

        ImmutableArray<float>?[] thresholds = [.. _predictors.Select(predictor => predictor.Metadata.ActionUnitThresholds())];
        ModelMetadata common = first with { Training = null, Alignment = CommonAlignment(), Notes = CommonNotes() };
        common = thresholds.Any(own => own is null) ?
            common :
            common.WithActionUnitThresholds(PredictionMean.Of([.. thresholds.Select(own => own!.Value)]));
        ExpressionDecision?[] decisions = [.. _predictors.Select(predictor => predictor.Metadata.ExpressionDecision())];
        Metadata = decisions.Any(own => own is null) ?
            common :
            common.WithExpressionDecision(ExpressionDecision.Mean([.. decisions.Select(own => own!)]));
    }

    /// <summary>
    /// Gets what the first model says of itself, with the mean thresholds, temperature and weights, and without its training. The alignment
    /// is that of the models that say one, in the largest size, and what one of them has not learned
    /// (<see cref="ModelMetadata.NotLearned"/>) is not learned.
    /// </summary>
    public ModelMetadata Metadata { get; }

    /// <inheritdoc/>
    public AffectPrediction Predict(FaceImage face)
    {
        ArgumentNullException.ThrowIfNull(face);
        ThrowIfDisposed();
        FaceImage repeatable = face.Repeatable();
        return Average([.. _predictors.Select(predictor => predictor.Predict(repeatable))]);
    }

    /// <inheritdoc/>
    public async Task<AffectPrediction> PredictAsync(FaceImage face, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(face);
        ThrowIfDisposed();
        FaceImage repeatable = face.Repeatable();
        var parts = new List<AffectPrediction>(_predictors.Length);
        foreach (IAffectPredictor predictor in _predictors)
        {
            parts.Add(await predictor.PredictAsync(repeatable, cancellationToken).ConfigureAwait(false));
        }

        return Average([.. parts]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<PredictionItem> PredictAll(
        IEnumerable<FaceImage> faces,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        var items = new List<PredictionItem>();
        foreach (FaceImage[] chunk in faces.Chunk(ChunkSize))
        {
            FaceImage[] repeatable = Array.ConvertAll(chunk, Repeatable);
            items.AddRange(Combine(
                items.Count, chunk, [.. _predictors.Select(predictor => predictor.PredictAll(repeatable, null, cancellationToken))]));
            progress?.Report(items.Count);
        }

        return items;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(IEnumerable<FaceImage> faces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        return StreamAsync(Chunks.OfAsync(faces.ToAsyncEnumerable(), ChunkSize, whole: true, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(IAsyncEnumerable<FaceImage> faces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        return StreamAsync(Chunks.OfAsync(faces, ArrivingChunkSize, whole: false, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Disposes the predictors. A call that is running on another thread ends with an <see cref="ObjectDisposedException"/> where one of
    /// them has still to read for it. May be called again.
    /// </summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
        {
            Array.ForEach(_predictors, predictor => predictor.Dispose());
        }
    }

    // One predictor after the other reads a chunk, decoding ahead in it. The faces of the next chunk are gathered meanwhile.
    private async IAsyncEnumerable<PredictionItem> StreamAsync(
        IAsyncEnumerable<IReadOnlyList<FaceImage>> chunks, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int count = 0;
        await foreach (IReadOnlyList<FaceImage> chunk in chunks.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            FaceImage[] repeatable = [.. chunk.Select(Repeatable)];
            var parts = new List<IReadOnlyList<PredictionItem>>(_predictors.Length);
            foreach (IAffectPredictor predictor in _predictors)
            {
                parts.Add(await predictor.PredictAsync(repeatable, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false));
            }

            foreach (PredictionItem item in Combine(count, chunk, parts))
            {
                yield return item;
            }

            count += chunk.Count;
        }
    }

    private static FaceImage Repeatable(FaceImage face)
    {
        ArgumentNullException.ThrowIfNull(face);
        return face.Repeatable();
    }

    private IEnumerable<PredictionItem> Combine(
        int firstIndex, IReadOnlyList<FaceImage> faces, IReadOnlyList<IReadOnlyList<PredictionItem>> parts) =>
        faces.Select((face, i) => Combine(firstIndex + i, face, [.. parts.Select(part => part[i])]));

    private PredictionItem Combine(int index, FaceImage face, IReadOnlyList<PredictionItem> items) =>
        items.FirstOrDefault(item => !item.Succeeded) is { Error: { } error } ?
            new(index, face, error) :
            new(index, face, Average([.. items.Select(item => item.Prediction!)]));

    private AffectPrediction Average(AffectPrediction[] predictions) => PredictionMean.Of(predictions, AverageCustom);

    private object AverageCustom(string task, IReadOnlyList<object> predictions) => _averageCustom is { } average
        ? average(task, predictions)
        : throw new InvalidOperationException(
            $"How predictions of the task '{task}' are averaged is not known. Give {nameof(AveragingPredictor)} a function that does.");

    // A face is cut out once for all of them; in what size, each model's own resizing makes good.
    private FaceTemplate? CommonAlignment()
    {
        (FaceTemplate Template, int Model)[] known =
        [
            .. _predictors.Select((predictor, i) => (predictor.Metadata.Alignment!, i + 1)).Where(one => one.Item1 is not null),
        ];
        foreach ((FaceTemplate template, int model) in known)
        {
            if (template with { Name = known[0].Template.Name, Size = known[0].Template.Size } != known[0].Template)
            {
                throw new ArgumentException(
                    $"The faces of model {known[0].Model} were aligned by {known[0].Template} for its training, those of model {model} " +
                        $"by {template}, so that a face lies right for one of them alone. Only models of faces that were aligned " +
                        "alike can be averaged.",
                    "predictors");
            }
        }

        return known.Select(one => one.Template).MaxBy(template => template.Size);
    }

    // A mean with what means nothing means nothing, whichever model it is of.
    private ImmutableSortedDictionary<string, string> CommonNotes()
    {
        string[] notLearned =
        [
            .. _predictors.Select(predictor => predictor.Metadata.Notes.GetValueOrDefault(ModelMetadata.NotLearned))
                .SelectMany(outputs => outputs?.Split(", ") ?? []).Distinct().Order(StringComparer.Ordinal),
        ];
        ImmutableSortedDictionary<string, string> notes = _predictors[0].Metadata.Notes;
        return notLearned.Length == 0 ? notes : notes.SetItem(ModelMetadata.NotLearned, string.Join(", ", notLearned));
    }

    private static ImmutableArray<string> Names(ActionUnitSet? units) => units?.Names ?? [];

    // What is said of models that cannot be averaged; null where they agree.
    // Tuned expressions are read as those that are not.
    private static IEnumerable<string> Kinds(ModelMetadata metadata) => metadata.Decoders.Select(task =>
        $"{task.Key} by {(task.Value.Kind == ExpressionDecoder.TunedKind ? ExpressionDecoder.Kind : task.Value.Kind)}");

    private static string? Difference(string what, IEnumerable<string> first, IEnumerable<string> other, int index) =>
        first.SequenceEqual(other) ? null :
            $"The {what} of model 1 are {string.Join(", ", first)}, those of model {index + 1} are {string.Join(", ", other)}. Only " +
            $"models of the same {what} can be averaged.";

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
}
