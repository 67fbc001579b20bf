using System.Collections.Immutable;

namespace SsMfar.Video;

/// <summary>
/// Frames in order. Built in: <see cref="FolderFrames"/>, <see cref="FfmpegFrames"/>, and <see cref="CallerFrames"/> for whatever else
/// gives pictures.
/// </summary>
public interface IFrameSource
{
    /// <summary>Gets the name by which messages and tables speak of it.</summary>
    string Name { get; }

    /// <summary>Gets the number of frames, also roughly; null where nobody knows.</summary>
    long? FrameCount { get; }

    /// <summary>
    /// Gets a text that is the same for the same frames alone, by which an interrupted run knows them again; null for a source that cannot
    /// be read twice.
    /// </summary>
    string? Stamp { get; }

    /// <summary>Gets what whoever reads the results should know of the source, a sentence each.</summary>
    ImmutableArray<string> Notes { get; }

    /// <summary>Gives the frames, none further ahead than it is asked for.</summary>
    /// <param name="first">The number of the frame to begin with; those before are left out.</param>
    /// <param name="cancellationToken">Stops between two frames; so does leaving the loop.</param>
    /// <returns>Frames whose numbers go up by one from <paramref name="first"/>, and whose times go up.</returns>
    /// <exception cref="VideoSourceException">The source cannot be read, or ended early; frames before that were given out.</exception>
    IAsyncEnumerable<VideoFrame> ReadAsync(long first = 0, CancellationToken cancellationToken = default);
}
