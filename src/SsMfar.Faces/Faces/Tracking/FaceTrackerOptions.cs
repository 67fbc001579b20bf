using System.Globalization;

namespace SsMfar.Faces;

/// <summary>How a <see cref="FaceTracker"/> follows faces. Read once, when it is made. Can be bound from configuration.</summary>
public sealed class FaceTrackerOptions
{
    /// <summary>
    /// Gets or sets the intersection over union with where a face was, or with where it moved to, from which a face may be the same one,
    /// above 0 and at most 1. The default is 0.2.
    /// </summary>
    public double MinimumOverlap { get; set; } = 0.2;

    /// <summary>
    /// Gets or sets how far the middle of a face may lie from where it was, or from where it moved to, without any overlap, in sides of the
    /// face, from 0 to 100. Two sides are added for each second that the face was not seen, up to three sides in all; to three and more
    /// nothing is added. Its side then differs by a factor of at most 1.65. The default is 0.75.
    /// </summary>
    public double MaximumMove { get; set; } = 0.75;

    /// <summary>
    /// Gets or sets the seconds that a face may be out of sight, at least 0, from the first frame in which it is not found; one that comes
    /// back later is a new track. One that is found in two frames in a row keeps its track however far they are apart. The default is 2.
    /// </summary>
    public double MaximumLoss { get; set; } = 2;

    /// <summary>What is wrong with the options, null or a sentence each.</summary>
    internal IEnumerable<string?> Faults() =>
    [
        MinimumOverlap is not (> 0 and <= 1)
            ? Text($"{nameof(MinimumOverlap)} is {MinimumOverlap}; it must be above 0 and at most 1.") : null,
        MaximumMove is not (>= 0 and <= 100) ? Text($"{nameof(MaximumMove)} is {MaximumMove}; it must be from 0 to 100.") : null,
        MaximumLoss is not (>= 0 and <= 86_400) ? Text($"{nameof(MaximumLoss)} is {MaximumLoss}; it must be from 0 to 86400.") : null,
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
