using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SsMfar.Inference;

namespace SsMfar.Video;

/// <summary>
/// Frames of the caller's, as from a camera. They are taken no further ahead than they are read, so that a source that waits is slowed
/// down; one that cannot, such as a camera, is to leave frames out by itself. Cannot be resumed: a
/// <see cref="VideoRun"/> over them that is cancelled writes what was read.
/// </summary>
public sealed class CallerFrames : IFrameSource
{
    private readonly Func<CancellationToken, IAsyncEnumerable<(double Time, FaceImage Image)>> _frames;

    private CallerFrames(
        Func<CancellationToken, IAsyncEnumerable<(double Time, FaceImage Image)>> frames, string name, long? frameCount) =>
        (_frames, Name, FrameCount) = (frames, name, frameCount);

    /// <summary>Pictures at a constant rate.</summary>
    /// <param name="pictures">The pictures, in order.</param>
    /// <param name="framesPerSecond">The frames a second, above 0.</param>
    /// <param name="name">The name for messages and tables.</param>
    /// <param name="frameCount">The number of frames where it is known, for the time left; null otherwise.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frames a second are not above 0.</exception>
    public static CallerFrames AtRate(
        IAsyncEnumerable<FaceImage> pictures, double framesPerSecond, string name = "frames", long? frameCount = null)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(framesPerSecond);
        return new(token => Timed(pictures, framesPerSecond, token), name, frameCount);
    }

    /// <summary>Pictures with their times.</summary>
    /// <param name="pictures">
    /// Each picture with its time in seconds, later than that of the one before. Where it is not, a <see cref="VideoReader"/> ends there
    /// with a <see cref="VideoSourceException"/> that names both times; a <see cref="VideoRun"/> writes what was read before, and its
    /// <see cref="VideoSummary.Problem"/> says so.
    /// </param>
    /// <param name="name">The name for messages and tables.</param>
    /// <param name="frameCount">The number of frames where it is known, for the time left; null otherwise.</param>
    public static CallerFrames WithTimes(
        IAsyncEnumerable<(double Time, FaceImage Image)> pictures, string name = "frames", long? frameCount = null)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return new(_ => pictures, name, frameCount);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long? FrameCount { get; }

    /// <inheritdoc/>
    public string? Stamp => null;

    /// <inheritdoc/>
    public ImmutableArray<string> Notes => [];

    /// <inheritdoc/>
    public async IAsyncEnumerable<VideoFrame> ReadAsync(
        long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long index = 0;
        double? start = null;
        await foreach ((double time, FaceImage image) in _frames(cancellationToken).WithCancellation(cancellationToken)
            .ConfigureAwait(false))
        {
            start ??= time;
            if (index >= first)
            {
                yield return new(index, time - start.Value, image);
            }

            index++;
        }
    }

    private static async IAsyncEnumerable<(double Time, FaceImage Image)> Timed(
        IAsyncEnumerable<FaceImage> pictures, double framesPerSecond, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long index = 0;
        await foreach (FaceImage picture in pictures.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return (index++ / framesPerSecond, picture);
        }
    }
}
