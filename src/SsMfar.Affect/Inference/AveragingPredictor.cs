using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SsMfar.Models;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// Several predictors as one: the mean of their probabilities, of valence and arousal, and of the thresholds of action units. Each
/// predictor decodes and resizes images as its own model wants them. Owns the predictors. Safe for many threads where they are.
/// </summary>
public sealed class AveragingPredictor : IAffectPredictor
{
    private const int ChunkSize = 256;

    private readonly IAffectPredictor[] _predictors;
    private readonly Func<string, IReadOnlyList<object>, object>? _averageCustom;
    private bool _disposed;

    /// <summary>Makes a predictor.</summary>
    /// <param name="predictors">
    /// At least one predictor; all of the same tasks and classes. Disposed with this one, unless this constructor throws.
    /// </param>
    /// <param name="averageCustom">
    /// Averages predictions of a task of your own: its name and one prediction a predictor, in their order. Without it such models are
    /// refused when they predict.
    /// </param>
    /// <exception cref="ArgumentException">There is no predictor, or they differ in tasks or classes; the message says in what.</exception>
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
            CheckSame("tasks", first.Decoders.Keys, other.Decoders.Keys, i);
            CheckSame("expression classes", first.ExpressionClasses, other.ExpressionClasses, i);
            CheckSame("action units", first.ActionUnits, other.ActionUnits, i);
        }

        ImmutableArray<float>?[] thresholds = [.. _predictors.Select(predictor => predictor.Metadata.ActionUnitThresholds())];
        ModelMetadata common = first with { Training = null };
        Metadata = thresholds.Any(own => own is null) ?
            common :
            common.WithActionUnitThresholds(Mean([.. thresholds.Select(own => own!.Value)]));
    }

    /// <summary>What the first model says of itself, with the mean thresholds and without its training.</summary>
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
            FaceImage[] repeatable = Array.ConvertAll(chunk, face => face.Repeatable());
            IReadOnlyList<PredictionItem>[] parts = [.. _predictors.Select(
                predictor => predictor.PredictAll(repeatable, null, cancellationToken))];
            int before = items.Count;
            for (int i = 0; i < chunk.Length; i++)
            {
                items.Add(Combine(before + i, chunk[i], [.. parts.Select(part => part[i])]));
            }

            progress?.Report(items.Count);
        }

        return items;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PredictionItem> PredictAsync(
        IEnumerable<FaceImage> faces,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SharedSequence<FaceImage> shared = new(faces.Select(face => face.Repeatable()), _predictors.Length);
        await foreach (PredictionItem item in StreamAsync(i => _predictors[i].PredictAsync(shared.For(i), stop.Token), stop).ConfigureAwait(
            false))
        {
            yield return item;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PredictionItem> PredictAsync(
        IAsyncEnumerable<FaceImage> faces, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using SharedAsyncSequence<FaceImage> shared = new(faces.Select(face => face.Repeatable()), _predictors.Length, stop.Token);
        await foreach (PredictionItem item in StreamAsync(i => _predictors[i].PredictAsync(shared.For(i), stop.Token), stop).ConfigureAwait(
            false))
        {
            yield return item;
        }
    }

    /// <summary>
    /// Disposes the predictors. Calls that are running on other threads may end with an <see cref="ObjectDisposedException"/>; may be
    /// called again.
    /// </summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
        {
            Array.ForEach(_predictors, predictor => predictor.Dispose());
        }
    }

    // The predictors go in step: none is further ahead of the others than it reads ahead. Whatever ends it ends the waiting for images too.
    private async IAsyncEnumerable<PredictionItem> StreamAsync(
        Func<int, IAsyncEnumerable<PredictionItem>> start,
        CancellationTokenSource stop)
    {
        IAsyncEnumerator<PredictionItem>[] running = [.. _predictors.Select((_, i) => start(i).GetAsyncEnumerator(CancellationToken.None))];
        try
        {
            PredictionItem[] items = new PredictionItem[running.Length];
            for (int index = 0; ; index++)
            {
                for (int i = 0; i < running.Length; i++)
                {
                    if (!await running[i].MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }

                    items[i] = running[i].Current;
                }

                yield return Combine(index, items[0].Face.Original, items);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (IAsyncEnumerator<PredictionItem> one in running)
            {
                await one.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private PredictionItem Combine(int index, FaceImage face, IReadOnlyList<PredictionItem> items) =>
        items.FirstOrDefault(item => !item.Succeeded) is { Error: { } error } ?
            new(index, face, error) :
            new(index, face, Average([.. items.Select(item => item.Prediction!)]));

    private AffectPrediction Average(AffectPrediction[] predictions)
    {
        AffectPrediction first = predictions[0];
        return new()
        {
            Expression = first.Expression is { } expression
                ? new(expression.Classes, Mean([.. predictions.Select(prediction => prediction.Expression!.Probabilities)]))
                : null,
            ValenceArousal = first.ValenceArousal is null
                ? null
                : new(
                    (float)predictions.Average(prediction => (double)prediction.Valence!.Value),
                    (float)predictions.Average(prediction => (double)prediction.Arousal!.Value)),
            ActionUnits = first.ActionUnits is null
                ? null
                : new(
                    Mean([.. predictions.Select(prediction => prediction.ActionUnits!.Probabilities)]),
                    Mean([.. predictions.Select(prediction => prediction.ActionUnits!.Thresholds)])),
            Custom = first.Custom.ToImmutableDictionary(task => task.Key, task => AverageCustom(task.Key, predictions)),
        };
    }

    private object AverageCustom(string task, AffectPrediction[] predictions) => _averageCustom is { } average
        ? average(task, [.. predictions.Select(prediction => prediction.Custom[task])])
        : throw new InvalidOperationException(
            $"How predictions of the task '{task}' are averaged is not known. Give {nameof(AveragingPredictor)} a function that does.");

    private static ImmutableArray<float> Mean(ImmutableArray<float>[] rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(i => (float)rows.Average(row => (double)row[i]))];

    private static void CheckSame(string what, IEnumerable<string> first, IEnumerable<string> other, int index)
    {
        if (!first.SequenceEqual(other))
        {
            throw new ArgumentException(
                $"The {what} of model 1 are {string.Join(", ", first)}, those of model {index + 1} are {string.Join(", ", other)}. Only " +
                    $"models of the same {what} can be averaged.");
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
}
