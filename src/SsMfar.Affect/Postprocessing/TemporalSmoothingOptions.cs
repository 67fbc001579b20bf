using System.Globalization;

namespace SsMfar.Postprocessing;

/// <summary>How <see cref="TemporalSmoothing"/> works.</summary>
public sealed class TemporalSmoothingOptions
{
    /// <summary>
    /// Gets or sets the standard deviation of the Gaussian in frames of the video, above 0 and at most 10,000. To be chosen on validation
    /// videos.
    /// </summary>
    public required double Sigma { get; set; }

    /// <summary>
    /// Gets or sets the most missing frames in a row that predictions reach across; longer gaps part a track in two.
    /// <see langword="null"/>, the default, lets the distance alone count.
    /// </summary>
    public int? MaximumGap { get; set; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        string faults = (Sigma is not (> 0 and <= 10_000)
            ? string.Create(CultureInfo.InvariantCulture, $"{nameof(Sigma)} is {Sigma}; it is above 0 and at most 10000. ")
            : "") + (MaximumGap < 0
            ? string.Create(CultureInfo.InvariantCulture, $"{nameof(MaximumGap)} is {MaximumGap}; it is at least 0.")
            : "");
        if (faults.Length > 0)
        {
            throw new ArgumentException(faults.TrimEnd());
        }
    }
}
