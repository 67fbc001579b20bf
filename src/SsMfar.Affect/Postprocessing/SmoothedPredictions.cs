namespace SsMfar.Postprocessing;

/// <summary>What <see cref="TemporalSmoothing"/> gives.</summary>
public sealed class SmoothedPredictions
{
    internal SmoothedPredictions(PredictionTable predictions, int tracks, int unnumbered, int gaps, long missingFrames) =>
        (Predictions, Tracks, Unnumbered, Gaps, MissingFrames) = (predictions, tracks, unnumbered, gaps, missingFrames);

    /// <summary>Gets the smoothed predictions: the same images in the same order.</summary>
    public PredictionTable Predictions { get; }

    /// <summary>Gets the number of tracks found in the images' names.</summary>
    public int Tracks { get; }

    /// <summary>Gets the number of images whose name gives no frame; they are as they were.</summary>
    public int Unnumbered { get; }

    /// <summary>Gets the number of places in all tracks at which frames are missing.</summary>
    public int Gaps { get; }

    /// <summary>
    /// Gets the number of frames missing there. They are neither made up nor filled in: those around them weigh by their true distance.
    /// </summary>
    public long MissingFrames { get; }
}
