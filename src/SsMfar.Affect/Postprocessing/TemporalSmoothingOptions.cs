using System.Globalization;

namespace SsMfar.Postprocessing;

/// <summary>How <see cref="TemporalSmoothing"/> works.</summary>
public sealed class TemporalSmoothingOptions
{
    /// <summary>
    /// The standard deviation of the Gaussian in frames of the video, above 0 and at most 10,000. To be chosen on validation videos.
    /// </summary>
    public required double Sigma { get; init; }

    /// <summary>
    /// The most missing frames in a row that predictions reach across; longer gaps part a track in two. Null: only the distance counts.
    /// </summary>
    public int? MaximumGap { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        if (Sigma is not (> 0 and <= 10_000))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{nameof(Sigma)} is {Sigma}; it is above 0 and at most 10000."));
        }

        if (MaximumGap < 0)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{nameof(MaximumGap)} is {MaximumGap}; it is at least 0."));
        }
    }
}
