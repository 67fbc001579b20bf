using System.Diagnostics;
using System.Globalization;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// From a video to its table, and its page and marked frames where they are wanted, in memory that does not grow with the video. It can be
/// interrupted, by a token or by the end of the process, and gone on with.
/// </summary>
public static class VideoRun
{
    /// <summary>Reads a video and writes what the options name.</summary>
    /// <param name="source">The frames; read a second time for a page or marked frames.</param>
    /// <param name="reader">Reads them.</param>
    /// <param name="options">What to write.</param>
    /// <param name="progress">Told after each frame that is read, and that is drawn.</param>
    /// <param name="cancellationToken">
    /// Stops between two frames; what was read is kept for a later run, where the source can be read twice. Where it cannot, as a camera,
    /// this is how the reading ends: once a frame was read, it is no exception, and what the options name is written of the frames so far.
    /// </param>
    /// <returns>
    /// What there was. A video that ends early is no exception but <see cref="VideoSummary.Problem"/>: what was read is written. So is that
    /// of a reading that was ended from outside where nothing can be kept of it: of a source that cannot be read twice, or a table that is
    /// a pipe or a device.
    /// </returns>
    /// <exception cref="VideoSourceException">
    /// The source cannot be read at all; or its reading was ended from outside, and what was read before that is kept for a later run. The
    /// message says whether one can go on.
    /// </exception>
    /// <exception cref="VideoRunException">
    /// What is to be gone on with was made of another video, model or other options, the source cannot be read twice, the table is a
    /// pipe or a device and a run is to be gone on with, the folder for marked frames has pictures that no earlier run wrote, or another
    /// run writes what is kept beside the table.
    /// </exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    /// <exception cref="OperationCanceledException">
    /// It was cancelled; of a source that cannot be read twice, before its first frame was read.
    /// </exception>
    public static async Task<VideoSummary> RunAsync(
        IFrameSource source, VideoReader reader, VideoRunOptions options, IProgress<VideoProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (source.Stamp is null && (options.Resume || options.Page is not null || options.Frames is not null))
        {
            throw new VideoRunException(
                $"'{source.Name}' cannot be read twice, which going on with a run, a page and marked frames need.",
                "Leave them out, or write the frames to a file first.");
        }

        if (options.Resume && JournalPlace.IsTemporary(options.Table))
        {
            throw new VideoRunException(
                $"'{options.Table}' is a pipe or a device, beside which a run leaves nothing to go on with.", "Write the table to a file.");
        }

        if (options.Frames is { } folder && WrittenFolder.Foreign(folder, WrittenFolder.MarkedFaces, pictures: true) is { } there)
        {
            throw new VideoRunException(
                $"'{folder}' has '{there}' in it, which no earlier run wrote: marked frames could replace it.", "Choose another folder.");
        }

        VideoCounter counter = new();
        FaceTracker tracker = reader.NewTracker();
        string stamp = $"{source.Stamp}\n{reader.Stamp}\n{reader.Metadata?.ToJson()}\n{options.Stamp}";
        using JournalPlace place = new(options.Table, isKept: source.Stamp is not null);

        // Held until the table is there, so that no other run begins where this one would read.
        using VideoJournal journal = (options.Resume ? place.Open(path => Resume(path, stamp, counter, tracker)) : null)
            ?? place.Open(path => VideoJournal.Create(path, stamp))!;
        VideoSummary summary = await ReadAsync(source, reader, (counter, tracker), journal, place, progress, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            await WriteAsync(
                (source, reader.Decoder), reader.Metadata, source.Name, options, (journal, place.File, counter.Frames), progress,
                source.Stamp is null ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        }
        catch (VideoSourceException killed) when (killed.WasKilled && !place.IsKept)
        {
            // While it was read once more, to be drawn.
            throw killed.WithoutResuming(hasResults: false);
        }

        journal.Dispose();
        File.Delete(place.File);
        return summary;
    }

    private static async Task<VideoSummary> ReadAsync(
        IFrameSource source, VideoReader reader, (VideoCounter Counter, FaceTracker Tracker) seen, VideoJournal journal, JournalPlace place,
        IProgress<VideoProgress>? progress, CancellationToken cancellationToken)
    {
        (VideoCounter counter, FaceTracker tracker) = seen;
        try
        {
            await foreach (FrameResult frame in reader.ReadAsync(source, counter.Frames, tracker, progress, cancellationToken)
                .ConfigureAwait(false))
            {
                journal.Add(frame);
                counter.Add(frame);
            }
        }
        catch (VideoSourceException early) when (early.EndedEarly || (early.WasKilled && !place.IsKept && counter.Frames > 0))
        {
            if (source.Stamp is not null)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return counter.Summary(tracker, (early.WasKilled ? early.WithoutResuming(hasResults: true) : early).Message);
        }
        catch (OperationCanceledException) when (source.Stamp is null && counter.Frames > 0 && cancellationToken.IsCancellationRequested)
        {
            // Frames that come once, as from a camera, have no other end, and what was read of them cannot be had again.
            return counter.Summary(tracker, null);
        }
        catch when (counter.Frames == 0)
        {
            // There is nothing to go on with.
            journal.Dispose();
            File.Delete(place.File);
            throw;
        }

        return counter.Summary(tracker, null);
    }

    // Shows the tracker what it saw, after which it goes on as it would have.
    private static VideoJournal? Resume(string path, string stamp, VideoCounter counter, FaceTracker tracker)
    {
        try
        {
            return VideoJournal.Resume(path, stamp, frame =>
            {
                counter.Add(frame);
                VideoReader.Track(frame, tracker);
            });
        }
        catch (InvalidOperationException other)
        {
            throw new VideoRunException(
                $"'{path}' cannot be gone on with: {other.Message}", "Begin anew without resuming, or restore what it was made of.", other);
        }
    }

    /// <summary>Writes what options name of a journal.</summary>
    /// <param name="frames">
    /// The frames, and what decoded them when they were read; null where neither a page nor marked frames are wanted.
    /// </param>
    /// <param name="model">What the model says of itself; null for readings without one.</param>
    /// <param name="name">What the table and the page call the video.</param>
    /// <param name="options">What to write.</param>
    /// <param name="read">The journal, its path, and how many frames were read into it.</param>
    /// <param name="progress">Told after each frame that is drawn.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    internal static async Task WriteAsync(
        (IFrameSource Source, ImageDecoder Decoder)? frames, ModelMetadata? model, string name, VideoRunOptions options,
        (VideoJournal Journal, string Path, long Frames) read, IProgress<VideoProgress>? progress, CancellationToken cancellationToken)
    {
        NeutralBaseline? neutral = options.NeutralSeconds is { } seconds
            ? NeutralBaseline.Of(read.Journal.Read(), seconds) : null;
        FrameTableWriter table = await FrameTableWriter.CreateAsync(options.Table, options.Format, model, name)
            .ConfigureAwait(false);
        await using (table.ConfigureAwait(false))
        {
            long written = 0;
            foreach (FrameResult frame in Frames())
            {
                cancellationToken.ThrowIfCancellationRequested();
                await table.WriteAsync(frame).ConfigureAwait(false);
                written++;
            }

            // Some file systems have no locks.
            if (written != read.Frames)
            {
                throw new VideoRunException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"'{read.Path}' has {written} frames, and {read.Frames} were read: it was changed."),
                    "Read the video anew, while no other run writes that file.");
            }

            await table.CompleteAsync().ConfigureAwait(false);
        }

        VideoPage? page = options.Page is null ? null : VideoPage.Of(name, Frames);
        if (frames is (var source, var decoder) && (page is not null || options.Frames is not null))
        {
            await PaintAsync(source, decoder, page, options.Frames, Frames(), progress, cancellationToken).ConfigureAwait(false);
        }

        page?.Save(options.Page!);

        IEnumerable<FrameResult> Frames()
        {
            IEnumerable<FrameResult> all = read.Journal.Read();
            all = neutral is null ? all : all.Select(neutral.Apply);
            return options.Smoothing is { } smoothing ? TrackSmoothing.Smooth(all, smoothing) : all;
        }
    }

    // Goes through the video a second time, beside what was read.
    private static async Task PaintAsync(
        IFrameSource source, ImageDecoder decoder, VideoPage? page, string? folder, IEnumerable<FrameResult> frames,
        IProgress<VideoProgress>? progress, CancellationToken cancellationToken)
    {
        if (folder is not null)
        {
            // Of an earlier run, whose video may have had more frames, or others that could be read.
            FrameDrawing.RemoveMarked(folder);
            WrittenFolder.Mark(folder, WrittenFolder.MarkedFaces);
        }

        long start = Stopwatch.GetTimestamp();
        using IEnumerator<FrameResult> result = frames.GetEnumerator();
        try
        {
            await foreach (VideoFrame frame in source.ReadAsync(0, cancellationToken).ConfigureAwait(false))
            {
                if (!result.MoveNext() || (folder is null && page!.IsIllustrated))
                {
                    return;
                }

                if (frame.Image is { } image && !result.Current.Failed)
                {
                    page?.Illustrate(result.Current, image, decoder);
                    if (folder is not null)
                    {
                        FrameDrawing.Save(
                            Path.Combine(folder, FrameDrawing.NameOf(frame.Index)), image.Decode(decoder), result.Current);
                    }
                }

                progress?.Report(VideoProgress.Of(0, frame.Index + 1, source.FrameCount, start) with { IsDrawing = true });
            }
        }
        catch (VideoSourceException early) when (early.EndedEarly)
        {
            // It was said when it was read.
        }
    }
}
