namespace SsMfar.Video;

/// <summary>The pixels of ffmpeg's pipe, cut into frames by what its log tells of each.</summary>
/// <param name="source">The video as the caller named it.</param>
/// <param name="pipe">The pixels.</param>
/// <param name="log">What is told of them.</param>
/// <param name="patience">How long after pixels the log may tell of them.</param>
internal sealed class FfmpegPixels(string source, Stream pipe, FfmpegLog log, TimeSpan patience)
{
    private readonly byte[] _first = new byte[1];
    private long _frames;

    /// <summary>Gets whether the pipe ended before all pixels of a frame that was told of.</summary>
    public bool EndedWithinFrame { get; private set; }

    /// <summary>Gives the next frame; null at the end.</summary>
    /// <exception cref="VideoSourceException">There are pixels that nothing is told of.</exception>
    public async Task<(FfmpegLog.FrameInfo Info, byte[] Pixels)?> NextAsync(CancellationToken cancellationToken)
    {
        // Windows cannot cancel a read of a pipe.
        bool isThere =
            await pipe.ReadAsync(_first, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false) > 0;
        if (await ToldAsync(isThere, cancellationToken).ConfigureAwait(false) is not { } info)
        {
            if (isThere)
            {
                throw VideoSourceException.Garbled(source, _frames);
            }

            return null;
        }

        byte[] pixels = new byte[3 * info.Width * info.Height];
        pixels[0] = _first[0];
        int rest = isThere
            ? await pipe.ReadAtLeastAsync(pixels.AsMemory(1), pixels.Length - 1, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false)
            : -1;
        if (rest < pixels.Length - 1)
        {
            EndedWithinFrame = true;
            return null;
        }

        _frames++;
        return (info, pixels);
    }

    // The log speaks before the pixels are written. Where it does not, ffmpeg would wait for a reader of its pipe, and this for the log.
    private async Task<FfmpegLog.FrameInfo?> ToldAsync(bool isThere, CancellationToken cancellationToken)
    {
        try
        {
            bool isTold = await log.Frames.WaitToReadAsync(cancellationToken).AsTask()
                .WaitAsync(isThere ? patience : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            return isTold && log.Frames.TryRead(out FfmpegLog.FrameInfo info) ? info : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
