using System.Collections.Immutable;
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
        : this(detector, predictor, options, madeByOptions: false, ownsParts: false)
    {
    }

    private FaceReader(
        IFaceDetector detector, IAffectPredictor? predictor, FaceReaderOptions? options, bool madeByOptions, bool ownsParts)
    {
        ArgumentNullException.ThrowIfNull(detector);
        options ??= new();
        PredictionFaults.Require(options.Faults().Append(madeByOptions || options.DetectorPath is not { Length: > 0 } path
            ? null : $"{nameof(options.DetectorPath)} is '{path}', and there is a detector already. Leave one of the two out."));
        (_detector, _predictor, _ownsParts) = (detector, predictor, ownsParts);
        (Decoder, _maximumFaces, _threads) = (options.Decoder, options.MaximumFaces, options.Threads ?? Environment.ProcessorCount);
        _logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<FaceReader>();
        FaceTemplate? known = options.Template ?? predictor?.Metadata.Alignment;
        Template = known ?? BoxFor(predictor?.Metadata.Input);
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
    /// Gets how faces are cut out: as the options say, else as the model's file does, else by <see cref="FaceTemplate.Box"/> in
    /// the size of the model's input.
    /// </summary>
    public FaceTemplate Template { get; }

    /// <summary>Gets the decoder of pictures, with which whoever needs the pixels too can decode one again.</summary>
    public ImageDecoder Decoder { get; }

    /// <summary>Gets what the model says of itself; null for a reader that detects alone.</summary>
    public ModelMetadata? Metadata => _predictor?.Metadata;

    /// <summary>
    /// Gets a text that changes with whatever decides which faces are read and how they are cut out, on any machine: the detector, the
    /// template, and the number of faces. Of the model <see cref="Metadata"/> tells.
    /// </summary>
    public string Stamp => FormattableString.Invariant($"{_detector.Stamp}\n{Template.ToJson()}\n{_maximumFaces}");

    /// <summary>Makes a reader with the detector that comes with the package.</summary>
    /// <param name="predictor">Reads each face; null to detect alone. It stays the caller's.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <returns>A reader that disposes its detector.</returns>
    /// <exception cref="Weights.ModelFileException">This build of the package has no detector.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    public static FaceReader Create(IAffectPredictor? predictor = null, FaceReaderOptions? options = null)
    {
        PredictionFaults.Require(options?.Faults() ?? []);
        OnnxFaceDetector detector = options?.DetectorPath is { } path
            ? OnnxFaceDetector.Load(path, options.Detection) : OnnxFaceDetector.LoadBuiltIn(options?.Detection);
        try
        {
            return new(detector, predictor, options, madeByOptions: true, ownsParts: true);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <summary>A reader whose parts are services, which their container disposes.</summary>
    internal static FaceReader ForServices(
        IFaceDetector detector, bool madeByOptions, IAffectPredictor? predictor, FaceReaderOptions options) =>
        new(detector, predictor, options, madeByOptions, ownsParts: false);

    /// <summary>Reads a picture, on the calling thread.</summary>
    /// <param name="picture">The picture, in any form that a predictor takes.</param>
    /// <param name="cancellationToken">Stops the search for faces, or between two faces' predictions.</param>
    /// <exception cref="ImageDecodeException">It is missing or unreadable, or the box has no part inside of it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public PictureResult Read(FaceImage picture, CancellationToken cancellationToken = default) => Read(picture, 0, cancellationToken);

    /// <summary>Reads an image file, on the calling thread.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <param name="cancellationToken">Stops the search for faces, or between two faces' predictions.</param>
    /// <exception cref="ImageDecodeException">It is missing or unreadable.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public PictureResult Read(string path, CancellationToken cancellationToken = default) =>
        Read(FaceImage.FromFile(path), cancellationToken);

    /// <summary>Reads pictures, several at the same time. One that cannot be read is a failed result.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="progress">Told the number of pictures done, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Stops within the search of a picture, and between two.</param>
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
    /// <param name="pictures">The pictures. What they throw comes after the results of those before.</param>
    /// <param name="cancellationToken">Stops within the search of a picture, and between two; so does leaving the loop.</param>
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
    /// <param name="pictures">
    /// The pictures; taken no further ahead than they are read. What they throw comes after the results of those before. Whoever leaves the
    /// loop or cancels waits for the one that is being fetched, whose token is cancelled then.
    /// </param>
    /// <param name="cancellationToken">Stops within the search of a picture, and between two; so does leaving the loop.</param>
    /// <returns>One result a picture, in order; one that cannot be read is a failed result.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Detector or predictor were disposed.</exception>
    public IAsyncEnumerable<PictureResult> ReadAsync(IAsyncEnumerable<FaceImage> pictures, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return ReadAhead.RunAsync(pictures, TryRead, _threads, cancellationToken);
    }

    /// <summary>Disposes what <see cref="Create"/> made. A reader that was given its parts has nothing of its own.</summary>
    public void Dispose()
    {
        if (_ownsParts)
        {
            _detector.Dispose();
        }
    }

    // As large as the model looks at them: a crop that is enlarged has lost what the picture had. A template is 16 to 1024 pixels a side.
    private static FaceTemplate BoxFor(ImagePreprocessing? input) =>
        input is null ? FaceTemplate.Box : FaceTemplate.Box with { Size = Math.Clamp(Math.Max(input.Width, input.Height), 16, 1024) };

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
        RgbImage pixels = picture.Decode(Decoder);
        cancellationToken.ThrowIfCancellationRequested();
        DetectedFace[] faces = [.. Detect(pixels, picture, cancellationToken)];
        cancellationToken.ThrowIfCancellationRequested();
        return new(index, picture, pixels, Predict(pixels, picture.Name, faces, cancellationToken));
    }

    // The largest first, which not every detector may keep to.
    private IEnumerable<DetectedFace> Detect(RgbImage pixels, FaceImage picture, CancellationToken cancellationToken) =>
        DetectWithin(pixels, picture, cancellationToken).OrderByDescending(face => face.Box.Area).Take(_maximumFaces ?? int.MaxValue);

    private IEnumerable<DetectedFace> DetectWithin(RgbImage pixels, FaceImage picture, CancellationToken cancellationToken)
    {
        if (picture.Face is not { } box)
        {
            return _detector.Detect(pixels, cancellationToken);
        }

        FaceBox part = Within(pixels, box, picture.Name);
        RgbImage crop = pixels.Resize(part, part.Width, part.Height);
        return _detector.Detect(crop, cancellationToken).Select(face => face.Moved(part.X, part.Y));
    }

    private ImmutableArray<FaceResult> Predict(
        RgbImage pixels, string name, DetectedFace[] faces, CancellationToken cancellationToken)
    {
        if (_predictor is null)
        {
            return [.. faces.Select(face => new FaceResult(face))];
        }

        var results = new FaceResult[faces.Length];
        List<(int Face, FaceImage Crop)> crops = [];
        for (int i = 0; i < faces.Length; i++)
        {
            try
            {
                crops.Add((i, FaceImage.FromPixels(FaceAligner.Align(pixels, faces[i], Template), name: name)));
            }
            catch (ArgumentException unusable)
            {
                results[i] = new(faces[i], error: unusable);
            }
        }

        IReadOnlyList<PredictionItem> items =
            _predictor.PredictAll([.. crops.Select(crop => crop.Crop)], cancellationToken: cancellationToken);
        foreach (((int face, _), PredictionItem item) in crops.Zip(items))
        {
            results[face] = new(faces[face], item.Prediction, item.Error);
        }

        return [.. results];
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
