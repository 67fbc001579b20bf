using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>
/// Reads photographs: finds every face, cuts it out as the model's training faces were, and predicts. Any detector and any predictor do.
/// Safe for many threads.
/// </summary>
/// <remarks>
/// A picture that is given with a box (<see cref="FaceImage.Face"/>) is looked at within the box alone. What is found does not depend on
/// the pictures read with it.
/// </remarks>
public sealed class FaceReader : IDisposable
{
    private readonly IFaceDetector _detector;
    private readonly IAffectPredictor? _predictor;
    private readonly ImageDecoder _decoder;
    private readonly int? _maximumFaces;
    private readonly int _threads;
    private readonly ILogger _logger;
    private readonly bool _ownsParts;

    /// <summary>Makes a reader.</summary>
    /// <param name="detector">Finds the faces. It stays the caller's, who disposes it after the reader's last call.</param>
    /// <param name="predictor">Reads each face; null to detect alone. It stays the caller's likewise.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <exception cref="ArgumentException">
    /// An option cannot be used, or the template needs landmarks that the detector does not give; the message names it.
    /// </exception>
    public FaceReader(IFaceDetector detector, IAffectPredictor? predictor = null, FaceReaderOptions? options = null)
        : this(detector, predictor, options, ownsParts: false)
    {
    }

    private FaceReader(IFaceDetector detector, IAffectPredictor? predictor, FaceReaderOptions? options, bool ownsParts)
    {
        ArgumentNullException.ThrowIfNull(detector);
        options ??= new();
        PredictionFaults.Require(options.Faults());
        (_detector, _predictor, _ownsParts) = (detector, predictor, ownsParts);
        (_decoder, _maximumFaces, _threads) = (options.Decoder, options.MaximumFaces, options.Threads ?? Environment.ProcessorCount);
        _logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<FaceReader>();
        FaceTemplate? known = options.Template ?? predictor?.Metadata.Alignment;
        Template = known ?? FaceTemplate.Box;
        if (!FaceAligner.CanAlign(Template, detector.Landmarks))
        {
            throw new ArgumentException(
                $"The template '{Template.Name}' needs landmarks " +
                $"({string.Join(", ", Template.Points.Select(point => point.Landmark))}), and the " +
                $"detector gives {(detector.Landmarks.IsEmpty ? "none" : string.Join(", ", detector.Landmarks))}. Use another detector, " +
                $"or the " +
                $"template '{FaceTemplate.Box.Name}'.", nameof(detector));
        }

        if (known is null && predictor is not null)
        {
            FaceReaderLog.NoTemplate(_logger, Template.ToString());
        }
    }

    /// <summary>
    /// Gets how faces are cut out: as the options say, else as the model's file does, else by <see cref="FaceTemplate.Box"/>.
    /// </summary>
    public FaceTemplate Template { get; }

    /// <summary>Gets what the model says of itself; null for a reader that detects alone.</summary>
    public ModelMetadata? Metadata => _predictor?.Metadata;

    /// <summary>Makes a reader with the detector that comes with the package.</summary>
    /// <param name="predictor">Reads each face; null to detect alone. It stays the caller's.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <returns>A reader that disposes its detector.</returns>
    /// <exception cref="Weights.ModelFileException">This build of the package has no detector.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    public static FaceReader Create(IAffectPredictor? predictor = null, FaceReaderOptions? options = null)
    {
        OnnxFaceDetector detector = options?.DetectorPath is { } path
            ? OnnxFaceDetector.Load(path, options.Detection) : OnnxFaceDetector.LoadBuiltIn(options?.Detection);
        try
        {
            return new(detector, predictor, options, ownsParts: true);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <summary>Reads a picture, on the calling thread.</summary>
    /// <param name="picture">The picture, in any form that a predictor takes.</param>
    /// <exception cref="ImageDecodeException">It is missing or unreadable, or the box has no part inside of it.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public PictureResult Read(FaceImage picture) => Read(picture, 0, CancellationToken.None);

    /// <summary>Reads an image file, on the calling thread.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <exception cref="ImageDecodeException">It is missing or unreadable.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public PictureResult Read(string path) => Read(FaceImage.FromFile(path));

    /// <summary>Reads pictures, several at the same time. One that cannot be read is a failed result.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="progress">Told the number of pictures done, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between two pictures.</param>
    /// <returns>One result a picture, in order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public IReadOnlyList<PictureResult> ReadAll(
        IEnumerable<FaceImage> pictures, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        List<PictureResult> results = [];
        foreach (FaceImage[] chunk in pictures.Chunk(_threads))
        {
            var read = new PictureResult[chunk.Length];
            int first = results.Count;
            try
            {
                Parallel.For(
                    0, chunk.Length, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = _threads },
                    i => read[i] = TryRead(chunk[i], first + i, cancellationToken));
            }
            catch (AggregateException failures)
            {
                // As if it were thrown on this thread.
                ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
            }

            results.AddRange(read);
            progress?.Report(results.Count);
        }

        return results;
    }

    /// <summary>
    /// Reads a sequence of pictures ahead on other threads, never more of them than <see cref="FaceReaderOptions.Threads"/>.
    /// </summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="cancellationToken">Stops between two pictures; so does leaving the loop.</param>
    /// <returns>One result a picture, in order; one that cannot be read is a failed result.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public IAsyncEnumerable<PictureResult> ReadAsync(IEnumerable<FaceImage> pictures, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return ReadAsync(pictures.ToAsyncEnumerable(), cancellationToken);
    }

    /// <summary>
    /// Reads pictures as they arrive, such as frames of a camera: each is given out as soon as it and those before are done.
    /// </summary>
    /// <param name="pictures">The pictures; taken no further ahead than they are read.</param>
    /// <param name="cancellationToken">Stops between two pictures; so does leaving the loop.</param>
    /// <returns>One result a picture, in order; one that cannot be read is a failed result.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public IAsyncEnumerable<PictureResult> ReadAsync(IAsyncEnumerable<FaceImage> pictures, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return ReadAheadAsync(pictures, cancellationToken);
    }

    /// <summary>Disposes what <see cref="Create"/> made. A reader that was given its parts has nothing of its own.</summary>
    public void Dispose()
    {
        if (_ownsParts)
        {
            _detector.Dispose();
        }
    }

    private async IAsyncEnumerable<PictureResult> ReadAheadAsync(
        IAsyncEnumerable<FaceImage> pictures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IAsyncEnumerator<FaceImage> source = pictures.GetAsyncEnumerator(stop.Token);
        Queue<Task<PictureResult>> running = new();
        Task<bool>? next = null;
        bool hasEnded = false;
        int index = 0;
        try
        {
            while (!hasEnded || running.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!hasEnded && next is null && running.Count < _threads)
                {
                    next = source.MoveNextAsync().AsTask();
                }

                // Whatever comes first: another picture, or the one whose turn it is.
                Task<PictureResult>? first = running.Count > 0 ? running.Peek() : null;
                await Task.WhenAny([.. new Task?[] { next, first }.OfType<Task>()]).WaitAsync(cancellationToken).ConfigureAwait(false);
                if (first?.IsCompleted == true)
                {
                    yield return await running.Dequeue().ConfigureAwait(false);
                }

                if (next?.IsCompleted == true)
                {
                    hasEnded = !await next.ConfigureAwait(false);
                    next = null;
                    if (!hasEnded)
                    {
                        (FaceImage picture, int place) = (source.Current, index++);
                        running.Enqueue(Task.Run(() => TryRead(picture, place, stop.Token), CancellationToken.None));
                    }
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (Task left in running.Append<Task>(next ?? Task.CompletedTask))
            {
                await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private PictureResult TryRead(FaceImage picture, int index, CancellationToken cancellationToken)
    {
        try
        {
            return Read(picture, index, cancellationToken);
        }
        catch (ImageDecodeException error)
        {
            FaceReaderLog.PictureNotRead(_logger, picture.Name, error.Message);
            return new(index, picture, error);
        }
    }

    private PictureResult Read(FaceImage picture, int index, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(picture);
        RgbImage pixels = picture.Decode(_decoder);
        cancellationToken.ThrowIfCancellationRequested();
        ImmutableArray<DetectedFace> faces = Detect(pixels, picture);
        if (_maximumFaces is { } most && faces.Length > most)
        {
            faces = faces[..most];
        }

        cancellationToken.ThrowIfCancellationRequested();
        return new(index, picture, pixels, Predict(pixels, picture.Name, faces, cancellationToken));
    }

    private ImmutableArray<DetectedFace> Detect(RgbImage pixels, FaceImage picture)
    {
        if (picture.Face is not { } box)
        {
            return _detector.Detect(pixels);
        }

        FaceBox part = Within(pixels, box, picture.Name);
        RgbImage crop = pixels.Resize(part, part.Width, part.Height);
        return [.. _detector.Detect(crop).Select(face => face.Moved(part.X, part.Y))];
    }

    private ImmutableArray<FaceResult> Predict(
        RgbImage pixels, string name, ImmutableArray<DetectedFace> faces, CancellationToken cancellationToken)
    {
        if (_predictor is null)
        {
            return [.. faces.Select(face => new FaceResult(face))];
        }

        FaceImage[] crops = [.. faces.Select(face => FaceImage.FromPixels(FaceAligner.Align(pixels, face, Template), name: name))];
        IReadOnlyList<PredictionItem> items = _predictor.PredictAll(crops, cancellationToken: cancellationToken);
        return [.. faces.Zip(items, (face, item) => new FaceResult(face, item.Prediction, item.Error))];
    }

    private static FaceBox Within(RgbImage pixels, FaceBox box, string name)
    {
        try
        {
            return box.ClampTo(pixels.Width, pixels.Height);
        }
        catch (ArgumentException outside)
        {
            throw new ImageDecodeException(
                name, FormattableString.Invariant($"its {pixels.Width}x{pixels.Height} pixels lie outside of the face box {box}"),
                "Check the box; it is in pixels of the upright image.", outside);
        }
    }
}
