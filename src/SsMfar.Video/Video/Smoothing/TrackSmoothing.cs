namespace SsMfar.Video;

/// <summary>
/// Smooths the readings of each track over time: valence, arousal and all probabilities become the mean of those within four standard
/// deviations, weighted by a Gaussian of the distance in seconds. Decisions follow from what was smoothed. Weights are divided by the sum
/// of those of the frames that are there, so that gaps and ends are no bias. Boxes and scores stay as they are.
/// </summary>
public static class TrackSmoothing
{
    /// <summary>Smooths frames, holding no more of them than the weights reach.</summary>
    /// <param name="frames">Frames in the order of their times.</param>
    /// <param name="options">How to smooth.</param>
    /// <returns>The same frames, smoothed.</returns>
    /// <exception cref="ArgumentException">The standard deviation is out of range.</exception>
    public static IEnumerable<FrameResult> Smooth(IEnumerable<FrameResult> frames, TrackSmoothingOptions options)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return options.Causal ? Earlier(frames, options.Sigma) : BothSides(frames, options);
    }

    // Frame after frame: of a chain of selections only those are called whose results are asked for.
    private static IEnumerable<FrameResult> Earlier(IEnumerable<FrameResult> frames, double sigma)
    {
        CausalSmoother smoother = new(sigma);
        foreach (FrameResult frame in frames)
        {
            yield return smoother.Next(frame);
        }
    }

    private static IEnumerable<FrameResult> BothSides(IEnumerable<FrameResult> frames, TrackSmoothingOptions options)
    {
        TrackWindow window = new(options.Sigma);
        Queue<FrameResult> waiting = new();
        foreach (FrameResult frame in frames)
        {
            // Those whose reach ends before this frame have seen all that counts.
            while (waiting.TryPeek(out FrameResult? ready) && frame.Time - ready.Time > options.LookAhead)
            {
                yield return window.Smooth(waiting.Dequeue());
            }

            window.Add(frame);
            waiting.Enqueue(frame);
        }

        while (waiting.TryDequeue(out FrameResult? ready))
        {
            yield return window.Smooth(ready);
        }
    }
}

/// <summary>
/// Smooths frames as they arrive, by those before alone. Nothing waits; what was smoothed lies 0.8 standard deviations behind
/// (<see cref="TrackSmoothingOptions.Latency"/>). For one video and one thread.
/// </summary>
/// <param name="sigma">The standard deviation in seconds, above 0 and at most 600.</param>
/// <exception cref="ArgumentException">It is out of range.</exception>
public sealed class CausalSmoother(double sigma)
{
    private readonly TrackWindow _window = new(Valid(sigma));

    /// <summary>Takes the next frame.</summary>
    /// <param name="frame">The frame, later than the one before.</param>
    /// <returns>The same frame, smoothed.</returns>
    public FrameResult Next(FrameResult frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        _window.Add(frame);
        return _window.Smooth(frame);
    }

    private static double Valid(double sigma)
    {
        new TrackSmoothingOptions { Sigma = sigma }.Validate();
        return sigma;
    }
}
