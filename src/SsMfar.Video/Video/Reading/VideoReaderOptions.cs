using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.Video;

/// <summary>How a <see cref="VideoReader"/> reads. Read once, when it is made. Can be bound from configuration.</summary>
public sealed class VideoReaderOptions
{
    /// <summary>Gets or sets how faces are followed from frame to frame.</summary>
    public FaceTrackerOptions Tracking { get; set; } = new();

    /// <summary>
    /// Gets or sets the number of frames that are read at the same time, and held, at least 1. The default, <see langword="null"/>, is one
    /// for each processor.
    /// </summary>
    public int? Threads { get; set; }

    /// <summary>
    /// Gets or sets the decoder of encoded frames for a reader that is given boxes; one that finds faces has its own. The default has the
    /// default limits.
    /// </summary>
    public ImageDecoder Decoder { get; set; } = new();

    /// <summary>What is wrong with the options, null or a sentence each.</summary>
    internal IEnumerable<string?> Faults() =>
    [
        PredictionFaults.AtLeastOne(nameof(Threads), Threads),
        PredictionFaults.NotNull(nameof(Tracking), Tracking, $"new {nameof(FaceTrackerOptions)}()"),
        PredictionFaults.NotNull(nameof(Decoder), Decoder, $"new {nameof(ImageDecoder)}()"),
    ];
}
