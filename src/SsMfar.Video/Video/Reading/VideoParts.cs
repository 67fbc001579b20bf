using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using SsMfar.Faces;

namespace SsMfar.Video;

/// <summary>
/// One video by several processes, on one machine or many: each reads the faces of some frames, and when all are there their tracks are
/// followed, and the table is the one that a <see cref="VideoRun"/> writes, byte for byte.
/// </summary>
public static class VideoParts
{
    /// <summary>Reads the frames of a part.</summary>
    /// <param name="source">The video. One that is no folder is decoded from its beginning up to the part's end.</param>
    /// <param name="reader">Reads the frames; that of every part is made alike.</param>
    /// <param name="options">Which frames, and where to keep them.</param>
    /// <param name="progress">Told after each frame that is read.</param>
    /// <param name="cancellationToken">Stops between two frames; what was read is kept for a later process.</param>
    /// <returns>
    /// Why the video ended before the part's end, as a message; null where it did not. The part says it too. All parts from there on end
    /// so, and are put together, where that is the video's end; where it was its reading's, this one is to be removed and made again.
    /// </returns>
    /// <exception cref="VideoSourceException">
    /// The source cannot be read at all, or its reading was ended from outside; what was read is kept for a later process.
    /// </exception>
    /// <exception cref="VideoRunException">
    /// What is to be gone on with was made of another video, model or other options, the source cannot be read twice, or another process
    /// writes the part.
    /// </exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<string?> ReadAsync(
        IFrameSource source, VideoReader reader, VideoPartOptions options, IProgress<VideoProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (source.Stamp is null)
        {
            throw new VideoRunException(
                $"'{source.Name}' cannot be read twice, which several processes would do.", "Write the frames to a file first.");
        }

        VideoPartHead head = VideoPartHead.Of(source, reader, options.Stamp);
        string stamp = string.Create(
            CultureInfo.InvariantCulture,
            $"{source.Stamp}\n{reader.Stamp}\n{reader.Metadata?.ToJson()}\n{options.Stamp}\n{options.First} {options.End}");
        using VideoJournal? journal = Open(options, stamp, head, out long next);
        if (journal is null)
        {
            return VideoJournal.EndOf(options.Path)?.Problem;
        }

        string? problem = null;
        try
        {
            if (next != options.End)
            {
                await foreach (FrameResult frame in reader.ReadAsync(
                    new Some(source, options.End), next, null, progress, cancellationToken).ConfigureAwait(false))
                {
                    journal.Add(frame);
                    next++;
                }
            }
        }
        catch (VideoSourceException early) when (early.EndedEarly)
        {
            problem = early.Message;
        }

        // An interruption is no end of the video.
        cancellationToken.ThrowIfCancellationRequested();
        journal.End(new(problem, options.End is null));
        return problem;
    }

    /// <summary>Writes the table of all parts.</summary>
    /// <param name="parts">
    /// The files of the parts in the order of their frames. Lines that begin with <c>#</c> ahead of a part are the caller's own.
    /// </param>
    /// <param name="options">What to write: a table; a page and marked frames need the video.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <returns>What there was, as of a <see cref="VideoRun"/>.</returns>
    /// <exception cref="VideoRunException">
    /// A part is not whole, is of another video, model or other options than the first, or does not follow the one before it; or a run
    /// writes the table.
    /// </exception>
    /// <exception cref="ArgumentException">An option cannot be used, or there is no part.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<VideoSummary> GatherAsync(
        IReadOnlyList<string> parts, VideoRunOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (parts.Count == 0 || options.Page is not null || options.Frames is not null || options.Resume)
        {
            throw new ArgumentException(
                parts.Count == 0 ? "There is no part." : "A page and marked frames need the video, and nothing is resumed: leave Page, " +
                    "Frames and Resume out.",
                parts.Count == 0 ? nameof(parts) : nameof(options));
        }

        VideoPartHead first = HeadOf(parts[0]);
        VideoCounter counter = new();
        FaceTracker tracker = new(first.Tracking);
        using JournalPlace place = new(options.Table, isKept: false);
        using VideoJournal journal = place.Open(path => VideoJournal.Create(path, "parts"))!;
        string? problem = Join(parts, first, journal, counter, tracker, cancellationToken);
        await VideoRun.WriteAsync(
            null, first.Model, first.Source, options, (journal, place.File, counter.Frames), null, cancellationToken).ConfigureAwait(false);
        return counter.Summary(tracker, problem);
    }

    // Gives why the video ended early, if it did.
    private static string? Join(
        IReadOnlyList<string> parts, VideoPartHead first, VideoJournal journal, VideoCounter counter, FaceTracker tracker,
        CancellationToken cancellationToken)
    {
        (string Path, string Problem)? early = null;
        double time = double.NegativeInfinity;
        for (int i = 0; i < parts.Count; i++)
        {
            VideoPartHead head = HeadOf(parts[i]);
            if (head.Work != first.Work)
            {
                throw Refusal(parts[i], $"it is of another video, model or other options than '{parts[0]}'.");
            }

            foreach (FrameResult frame in VideoJournal.Read(parts[i]))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (early is (var cut, var reason))
                {
                    // Not the video ended there, but the reading of that part.
                    throw new VideoRunException(
                        $"'{cut}' cannot be put together with the others: it ends before its last frame, and '{parts[i]}' goes on after " +
                            $"it ({reason})",
                        "Remove it, and make it again.");
                }

                if (frame.Index != counter.Frames)
                {
                    throw Refusal(parts[i], string.Create(
                        CultureInfo.InvariantCulture, $"it has frame {frame.Index} where {counter.Frames} follows."));
                }

                if (!(frame.Time > time))
                {
                    throw Refusal(parts[i], string.Create(
                        CultureInfo.InvariantCulture, $"frame {frame.Index} is at {frame.Time} s, no later than the one before."));
                }

                if (frame.Faces.Any(face => face.Prediction is { } reading && !FrameColumns.Suit(first.Model, reading)))
                {
                    throw Refusal(parts[i], string.Create(
                        CultureInfo.InvariantCulture, $"frame {frame.Index} has a reading of other classes or units than its model's."));
                }

                time = frame.Time;
                journal.Add(VideoReader.Track(frame, tracker));
                counter.Add(frame);
            }

            VideoPartEnd end = VideoJournal.EndOf(parts[i]) ?? throw Refusal(parts[i], "it is not whole.");
            early ??= end.Problem is { } problem ? (parts[i], problem) : null;
            if (end.IsLast != (i == parts.Count - 1))
            {
                throw Refusal(parts[i], end.IsLast ? "others come after it, and it is the last." : "it is not the last part.");
            }
        }

        return early?.Problem;
    }

    private static VideoPartHead HeadOf(string path) =>
        VideoJournal.PartHeadOf(path) ?? throw Refusal(path, "it is no part of a video.");

    private static VideoRunException Refusal(string path, string why) =>
        new($"'{path}' cannot be put together with the others: {why}", "Give all parts of one video, in order, and make this one again.");

    // Null where the part is whole.
    private static VideoJournal? Open(VideoPartOptions options, string stamp, VideoPartHead head, out long next)
    {
        long following = options.First;
        if (options.Resume)
        {
            try
            {
                VideoJournal? there = VideoJournal.Resume(options.Path, stamp, Seen);
                next = following;
                if (there is not null)
                {
                    if (there.Ending is null)
                    {
                        return there;
                    }

                    there.Dispose();
                    return null;
                }
            }
            catch (InvalidOperationException other)
            {
                throw new VideoRunException(
                    $"'{options.Path}' cannot be gone on with: {other.Message}",
                    "Begin anew without resuming, or restore what it was made of.",
                    other);
            }
        }

        next = options.First;
        return VideoJournal.Create(options.Path, stamp, head);

        void Seen(FrameResult frame)
        {
            if (frame.Index != following++)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"It has frame {frame.Index} where {following - 1} follows."));
            }
        }
    }

    /// <summary>A video that ends before a frame.</summary>
    private sealed class Some(IFrameSource all, long? end) : IFrameSource
    {
        public string Name => all.Name;

        public long? FrameCount => end ?? all.FrameCount;

        public string? Stamp => all.Stamp;

        public ImmutableArray<string> Notes => all.Notes;

        public async IAsyncEnumerable<VideoFrame> ReadAsync(
            long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (VideoFrame frame in all.ReadAsync(first, cancellationToken).ConfigureAwait(false))
            {
                yield return frame;
                if (frame.Index + 1 == end)
                {
                    yield break;
                }
            }
        }
    }
}
