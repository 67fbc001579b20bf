namespace SsMfar.Postprocessing;

/// <summary>What <see cref="TemporalSmoothing"/> gives.</summary>
/// <param name="Predictions">The smoothed predictions: the same images in the same order.</param>
/// <param name="Tracks">The tracks found in the images' names.</param>
/// <param name="Unnumbered">The images whose name gives no frame; they are as they were.</param>
/// <param name="Gaps">The places in all tracks at which frames are missing.</param>
/// <param name="MissingFrames">
/// The frames missing there. They are neither made up nor filled in: those around them weigh by their true distance.
/// </param>
public sealed record SmoothedPredictions(PredictionTable Predictions, int Tracks, int Unnumbered, int Gaps, long MissingFrames);
