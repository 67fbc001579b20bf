using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Video;

/// <summary>
/// Reads the faces of a video, frame after frame: each is found, cut out, read by the model and followed from frame to frame. Several
/// frames are read at the same time and given out in order; no more of them are held, whatever the video's length. Safe for several videos
/// at a time.
/// </summary>
public sealed class VideoReader
{
    private const string NoFace = "no face was found";
    private const string NoBox = "no face was given";

    private readonly Func<VideoFrame, CancellationToken, ImmutableArray<TrackedFace>> _read;
    private readonly string _noFace;
    private readonly string _facesStamp = "";
    private readonly FaceTrackerOptions _tracking;
    private readonly int _threads;

    /// <summary>Makes a reader that finds faces.</summary>
    /// <param name="faces">Finds faces in a frame and reads each. It stays the caller's, who disposes it after the last frame.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    public VideoReader(FaceReader faces, VideoReaderOptions? options = null)
        : this(options, NoFace)
    {
        ArgumentNullException.ThrowIfNull(faces);
        (Metadata, Decoder, _facesStamp) = (faces.Metadata, faces.Decoder, faces.Stamp);
        _read = (frame, token) => [.. faces.Read(frame.Image!, token).Faces.Select(face => new TrackedFace(
            -1, face.Face.Box, face.Face.Score, face.Prediction, face.Error?.Message))];
    }

    /// <summary>Makes a reader of faces whose places are known. Each box is cut out as it is.</summary>
    /// <param name="predictor">Reads each face. It stays the caller's, who disposes it after the last frame.</param>
    /// <param name="boxes">Where the faces of a frame are; called from several threads.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    public VideoReader(
        IAffectPredictor predictor, Func<VideoFrame, IReadOnlyList<FaceRectangle>> boxes, VideoReaderOptions? options = null)
        : this(options, NoBox)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(boxes);
        Metadata = predictor.Metadata;
        _read = (frame, token) => ReadBoxes(predictor, frame, boxes(frame), Decoder, token);
    }

    private VideoReader(VideoReaderOptions? options, string noFace)
    {
        options ??= new();
        PredictionFaults.Require(options.Faults());

        // Faults of tracking are told now and not with the first video.
        _ = new FaceTracker(options.Tracking);
        (_noFace, _tracking, _threads, _read) = (noFace, options.Tracking, options.Threads ?? Environment.ProcessorCount, (_, _) => []);
        Decoder = options.Decoder;
    }

    /// <summary>Gets what the model says of itself; null for a reader without a model.</summary>
    public ModelMetadata? Metadata { get; }

    /// <summary>Reads a video.</summary>
    /// <param name="source">Its frames; taken no further ahead than they are read.</param>
    /// <param name="progress">Told after each frame, in order.</param>
    /// <param name="cancellationToken">Stops within a frame, and between two; so does leaving the loop.</param>
    /// <returns>One result a frame, in order; a frame that cannot be read has the reason, and is not the end of the others.</returns>
    /// <exception cref="VideoSourceException">
    /// The source cannot be read, ended early, or has a frame that is no later than the one before; all frames before were given out.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IAsyncEnumerable<FrameResult> ReadAsync(
        IFrameSource source, IProgress<VideoProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return ReadAsync(source, 0, NewTracker(), progress, cancellationToken);
    }

    /// <summary>A tracker as the options have it.</summary>
    internal FaceTracker NewTracker() => new(_tracking);

    /// <summary>What beside the model decides what is read, for a run that is to be gone on with.</summary>
    internal string Stamp => FormattableString.Invariant(
        $"{_noFace} {_tracking.MinimumOverlap} {_tracking.MaximumMove} {_tracking.MaximumLoss}\n{_facesStamp}");

    /// <summary>What decodes frames, and decodes them again where they are drawn.</summary>
    internal ImageDecoder Decoder { get; }

    /// <summary>How faces are followed.</summary>
    internal FaceTrackerOptions Tracking => _tracking;

    /// <summary>
    /// Reads on from a frame, with a tracker that has seen those before; without one faces have no tracks yet (<see cref="Track"/>).
    /// </summary>
    internal async IAsyncEnumerable<FrameResult> ReadAsync(
        IFrameSource source, long first, FaceTracker? tracker, IProgress<VideoProgress>? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SemaphoreSlim free = new(_threads);
        Channel<Task<FrameResult>> ready = Channel.CreateUnbounded<Task<FrameResult>>(new() { SingleReader = true, SingleWriter = true });
        Task feeding = Task.Run(() => FeedAsync(source, first, free, ready.Writer, stop.Token), CancellationToken.None);
        try
        {
            long start = Stopwatch.GetTimestamp(), done = 0;
            await foreach (Task<FrameResult> reading in ready.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                FrameResult frame = await reading.ConfigureAwait(false);
                frame = tracker is null ? frame : Track(frame, tracker);
                free.Release();
                done++;
                progress?.Report(VideoProgress.Of(first, done, source.FrameCount, start));
                yield return frame;
            }

            await feeding.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (ready.Reader.TryRead(out Task<FrameResult>? left))
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Takes a frame only when there is a place for it.
    private async Task FeedAsync(
        IFrameSource source, long first, SemaphoreSlim free, ChannelWriter<Task<FrameResult>> ready, CancellationToken cancellationToken)
    {
        try
        {
            await free.WaitAsync(cancellationToken).ConfigureAwait(false);
            double before = double.NegativeInfinity;
            await foreach (VideoFrame frame in source.ReadAsync(first, cancellationToken).ConfigureAwait(false))
            {
                // Before it is read: whether it has a face is not to decide.
                if (!(frame.Time > before && double.IsFinite(frame.Time)))
                {
                    throw VideoSourceException.OutOfOrder(source.Name, frame, before, isFirst: frame.Index == first);
                }

                before = frame.Time;
                ready.TryWrite(Task.Run(() => Read(frame, cancellationToken), CancellationToken.None));
                await free.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            ready.Complete();
        }
        catch (Exception failed)
        {
            // After the frames before it, where whoever reads them meets it.
            ready.Complete(failed);
            throw;
        }
    }

    private FrameResult Read(VideoFrame frame, CancellationToken cancellationToken)
    {
        if (frame.Image is null)
        {
            return Without(frame.Reason ?? "the frame is missing", failed: true);
        }

        try
        {
            ImmutableArray<TrackedFace> faces = _read(frame, cancellationToken);
            return faces.IsEmpty
                ? Without(_noFace, failed: false)
                : new(frame.Index, frame.Time, faces) { FileName = frame.FileName, Number = frame.Number };
        }
        catch (ImageDecodeException unreadable)
        {
            return Without(unreadable.Reason, failed: true);
        }

        FrameResult Without(string reason, bool failed) =>
            new(frame.Index, frame.Time, reason, failed) { FileName = frame.FileName, Number = frame.Number };
    }

    /// <summary>Gives the faces of the next frame their tracks; the tracker is told of frames without a face too.</summary>
    internal static FrameResult Track(FrameResult frame, FaceTracker tracker)
    {
        ImmutableArray<int> tracks = tracker.Next(frame.Time, [.. frame.Faces.Select(face => face.Box)]);
        return frame.Faces.IsEmpty ? frame : frame.With([.. frame.Faces.Zip(tracks, (face, track) => face with { Track = track })]);
    }

    private static ImmutableArray<TrackedFace> ReadBoxes(
        IAffectPredictor predictor, VideoFrame frame, IReadOnlyList<FaceRectangle> boxes, ImageDecoder decoder,
        CancellationToken cancellationToken)
    {
        // Decoded also where there is no face: a frame that cannot be read is to be known.
        RgbImage pixels = frame.Image!.Decode(decoder);
        if (boxes.Count == 0)
        {
            return [];
        }

        IReadOnlyList<PredictionItem> items = predictor.PredictAll(
            boxes.Select(box => FaceImage.FromPixels(pixels, box.ToFaceBox(), frame.Image.Name)), cancellationToken: cancellationToken);
        return [.. boxes.Zip(items, (box, item) => new TrackedFace(-1, box, 1, item.Prediction, item.Error?.Message))];
    }
}
