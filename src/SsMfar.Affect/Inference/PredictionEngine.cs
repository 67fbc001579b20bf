using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// Everything about prediction but the network: decoding, the face box, resizing, batches, flip-averaging, failed items, order, and typed
/// results. A predictor on any inference library is this engine over an <see cref="IAffectNetwork"/>, which it owns. Safe for many threads.
/// </summary>
public sealed partial class PredictionEngine : IAffectPredictor
{
    private readonly IAffectNetwork _network;
    private readonly SharedRuns? _shared;
    private readonly ImmutableArray<ITaskDecoder> _decoders;
    private readonly ImageDecoder _imageDecoder;
    private readonly int _views;
    private readonly SharedLifetime _lifetime;
    private readonly ILogger _logger;

    /// <summary>Makes an engine.</summary>
    /// <param name="network">The network; the engine disposes it, unless this constructor throws.</param>
    /// <param name="options">How to predict; the defaults when null. Copied.</param>
    /// <param name="decoders">The decoders that the model's metadata may name; the built-in ones when null.</param>
    /// <exception cref="ArgumentException">
    /// An option cannot be used, or action unit thresholds are given for a model whose units have none.
    /// </exception>
    /// <exception cref="UnknownPartException">The model names no decoder for a task, or one that is not registered.</exception>
    public PredictionEngine(IAffectNetwork network, PredictionOptions? options = null, TaskDecoders? decoders = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new();
        PredictionFaults.Require(PredictionFaults.Of(options));
        _network = network;
        _lifetime = new(network, this);
        _imageDecoder = options.Decoder;
        _logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<PredictionEngine>();
        _views = options.FlipAveraging ? 2 : 1;
        BatchSize = Math.Max(1, (options.BatchSize ?? network.PreferredBatchSize) / _views);
        DecodeThreads = options.DecodeThreads ?? Environment.ProcessorCount;
        _shared = options.ConcurrentBatches is { } atOnce ? new(network, _views * BatchSize, atOnce, _logger) : null;
        _decoders = [.. network.Tasks.Select(task => CreateDecoder(task, decoders ?? TaskDecoders.BuiltIn, options))];
        if (options.ActionUnitThresholds.Count > 0 && !_decoders.OfType<ActionUnitDecoder>().Any())
        {
            throw new ArgumentException(
                $"{nameof(PredictionOptions.ActionUnitThresholds)} are given, and the model has no action units with thresholds; its " +
                    $"tasks are {string.Join(", ", network.Tasks)}.",
                nameof(options));
        }
    }

    /// <inheritdoc/>
    public ModelMetadata Metadata => _network.Metadata;

    /// <summary>Gets the number of faces in a full batch, from 1.</summary>
    public int BatchSize { get; }

    internal int DecodeThreads { get; }

    /// <summary>Gets how many calls wait for a batch now; 0 where they do not share batches.</summary>
    internal int Waiting => _shared?.Waiting ?? 0;

    private int ImageBytes => checked(Metadata.Input.Width * Metadata.Input.Height * 3);

    /// <inheritdoc/>
    public AffectPrediction Predict(FaceImage face)
    {
        ArgumentNullException.ThrowIfNull(face);
        ThrowIfDisposed();
        byte[] pixels = ArrayPool<byte>.Shared.Rent(_views * ImageBytes);
        try
        {
            face.Paint(_imageDecoder, Metadata.Input.Width, Metadata.Input.Height, pixels.AsSpan(0, ImageBytes));
            return Run(pixels, 1)[0].Require();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <inheritdoc/>
    public Task<AffectPrediction> PredictAsync(FaceImage face, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(face);
        ThrowIfDisposed();
        return _shared is { } shared
            ? Task.Run(() => PredictAsync(face, shared, cancellationToken), cancellationToken)
            : Task.Run(() => Predict(face), cancellationToken);
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
        foreach (FaceImage[] chunk in faces.Chunk(BatchSize))
        {
            items.AddRange(RunBatch(DecodeAll(chunk, items.Count, cancellationToken)));
            progress?.Report(items.Count);
        }

        return items;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(IEnumerable<FaceImage> faces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        return PredictionStream.RunAsync(this, faces.ToAsyncEnumerable(), fullBatches: true, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictionItem> PredictAsync(IAsyncEnumerable<FaceImage> faces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        ThrowIfDisposed();
        return PredictionStream.RunAsync(this, faces, fullBatches: false, cancellationToken);
    }

    /// <summary>Predicts from a pass over the network that the caller runs, for images that never were on the host.</summary>
    /// <param name="count">The number of images.</param>
    /// <param name="run">
    /// Runs the pass; returns what <see cref="IAffectNetwork.Run"/> would. With <see cref="PredictionOptions.FlipAveraging"/> the rows of
    /// all images come first, then those of their mirror images. The network is not disposed while it runs.
    /// </param>
    /// <returns>One prediction an image, in order.</returns>
    /// <exception cref="InvalidOperationException">The outputs have another size than the tasks and the images ask for.</exception>
    /// <exception cref="NonFiniteOutputException">An output is NaN or infinite.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public IReadOnlyList<AffectPrediction> PredictOutputs(int count, Func<float[][]> run)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentNullException.ThrowIfNull(run);
        using SharedLifetime.Use running = Use();
        return [.. Read(run(), count).Select(reading => reading.Require())];
    }

    /// <summary>
    /// Disposes the network; where other threads are running it, or wait for a batch that they share, the last of them does when it is
    /// through. Later calls, and those that have not come to the network yet or need it for another batch, throw
    /// <see cref="ObjectDisposedException"/>. May be called again.
    /// </summary>
    public void Dispose() => _lifetime.Dispose();

    // Keeps the network until what is returned is disposed.
    private SharedLifetime.Use Use() => _lifetime.Enter();

    /// <summary>One image as the network wants it. Does not throw for an image that cannot be read.</summary>
    internal DecodedFace Decode(int index, FaceImage face) => DecodedFace.Decode(index, face, _imageDecoder, Metadata.Input);

    /// <summary>Runs decoded images together, and gives their arrays back.</summary>
    internal PredictionItem[] RunBatch(IReadOnlyList<DecodedFace> faces)
    {
        ThrowIfDisposed();
        int good = faces.Count(face => face.Pixels is not null);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(checked(_views * good * ImageBytes));
        try
        {
            int row = 0;
            foreach (DecodedFace face in faces)
            {
                face.Pixels?.AsSpan(0, ImageBytes).CopyTo(pixels.AsSpan(row++ * ImageBytes));
                face.Release();
            }

            NetworkReading[] readings = good > 0 ? Run(pixels, good) : [];
            row = 0;
            PredictionItem[] items = [.. faces.Select(face => face.Error is { } error
                ? new PredictionItem(face.Index, face.Face, error) : readings[row++].ToItem(face))];
            foreach (PredictionItem item in items)
            {
                PredictionLog.Failed(_logger, item);
            }

            return items;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    private ITaskDecoder CreateDecoder(string task, TaskDecoders decoders, PredictionOptions options)
    {
        ITaskDecoder decoder = Metadata.Decoders.TryGetValue(task, out PartDescription? description)
            ? decoders.Create(description)
            : throw new UnknownPartException(
                $"The model names no decoder for its task '{task}'.",
                $"Save it with one in {nameof(ModelMetadata)}.{nameof(ModelMetadata.Decoders)}.");
        return decoder is ActionUnitDecoder units ? units.With(options.ActionUnitThresholds) : decoder;
    }

    private DecodedFace[] DecodeAll(FaceImage[] faces, int firstIndex, CancellationToken cancellationToken)
    {
        var decoded = new DecodedFace[faces.Length];
        try
        {
            Parallel.For(
                0,
                faces.Length,
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = DecodeThreads },
                i => decoded[i] = Decode(firstIndex + i, faces[i]));
            return decoded;
        }
        catch (AggregateException failures)
        {
            // What a custom source throws, as if it were called on this thread.
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
            throw;
        }
    }

    // Waits for its run without a thread.
    private async Task<AffectPrediction> PredictAsync(FaceImage face, SharedRuns shared, CancellationToken cancellationToken)
    {
        byte[] pixels = ArrayPool<byte>.Shared.Rent(_views * ImageBytes);
        try
        {
            face.Paint(_imageDecoder, Metadata.Input.Width, Metadata.Input.Height, pixels.AsSpan(0, ImageBytes));
            cancellationToken.ThrowIfCancellationRequested();
            using SharedLifetime.Use running = Use();
            float[][] outputs = await shared.RunAsync(Views(pixels, 1), _views, cancellationToken).ConfigureAwait(false);
            return Read(outputs, 1)[0].Require();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    private NetworkReading[] Run(byte[] pixels, int count)
    {
        ReadOnlyMemory<byte> views = Views(pixels, count);
        int rows = _views * count;
        using SharedLifetime.Use running = Use();
        return Read(_shared is { } shared ? shared.Run(views, rows) : _network.Run(views, rows), count);
    }

    // The images, and with flip-averaging their mirror images after them.
    private ReadOnlyMemory<byte> Views(byte[] pixels, int count)
    {
        if (_views > 1)
        {
            MirrorRows(pixels.AsSpan(0, count * ImageBytes), pixels.AsSpan(count * ImageBytes), Metadata.Input.Width);
        }

        return pixels.AsMemory(0, _views * count * ImageBytes);
    }

    private static void MirrorRows(ReadOnlySpan<byte> pixels, Span<byte> mirrored, int width)
    {
        for (int row = 0; row < pixels.Length; row += 3 * width)
        {
            for (int x = 0; x < width; x++)
            {
                pixels.Slice(row + (3 * x), 3).CopyTo(mirrored[(row + (3 * (width - 1 - x)))..]);
            }
        }
    }

    internal void ThrowIfDisposed() => _lifetime.ThrowIfEnded();
}
