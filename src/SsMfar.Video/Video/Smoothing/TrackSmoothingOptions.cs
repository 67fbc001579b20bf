using System.Globalization;

namespace SsMfar.Video;

/// <summary>How the readings of a track are smoothed over time. Read once. Can be bound from configuration.</summary>
public sealed class TrackSmoothingOptions
{
    /// <summary>How far the weights reach, in standard deviations.</summary>
    internal const double Reach = 4;

    /// <summary>
    /// Gets or sets the standard deviation of the Gaussian in seconds, above 0 and at most 600. To be chosen on validation videos. The
    /// default is 0.25.
    /// </summary>
    public double Sigma { get; set; } = 0.25;

    /// <summary>
    /// Gets or sets whether frames that come later take no part, for streams. The default is <see langword="false"/>: the weights reach
    /// four standard deviations ahead, for which a frame waits.
    /// </summary>
    public bool Causal { get; set; }

    /// <summary>Gets the seconds that a frame waits for later ones: four standard deviations, or none where it is causal.</summary>
    public double LookAhead => Causal ? 0 : Reach * Sigma;

    /// <summary>
    /// Gets the seconds by which what was smoothed lies behind, on the average: the mean age of the causal weights, 0.8 standard
    /// deviations; 0 where the weights reach to both sides.
    /// </summary>
    public double Latency => Causal ? Math.Sqrt(2 / Math.PI) * Sigma : 0;

    /// <exception cref="ArgumentException">The standard deviation is out of range.</exception>
    internal void Validate()
    {
        if (Sigma is not (> 0 and <= 600))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{nameof(Sigma)} is {Sigma}; it is above 0 and at most 600 seconds."));
        }
    }
}
