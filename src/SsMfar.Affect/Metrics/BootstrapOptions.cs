using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>How <see cref="Bootstrap"/> resamples.</summary>
public sealed class BootstrapOptions
{
    /// <summary>
    /// Gets or sets how many times the rows are drawn, at least 10. The default is 1000; an interval's ends settle from about there on.
    /// </summary>
    public int Resamples { get; set; } = 1000;

    /// <summary>Gets or sets the share of resamples that lie within the interval, in (0, 1). The default is 0.95.</summary>
    public double Level { get; set; } = 0.95;

    /// <summary>Gets or sets the seed of every draw; the result does not depend on the number of threads.</summary>
    public long Seed { get; set; }

    /// <summary>
    /// Gets or sets the group of an image, such as <see cref="ImageGroups.Video"/>: whole groups are drawn with replacement (the cluster
    /// bootstrap). Frames of one video are alike, and drawn singly they give intervals that are too narrow. <see langword="null"/>, the
    /// default, makes each row a group.
    /// </summary>
    public Func<string, string>? GroupBy { get; set; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        string faults = (Resamples < 10
            ? string.Create(CultureInfo.InvariantCulture, $"{nameof(Resamples)} is {Resamples}; it is at least 10. ")
            : "") + (Level is not (> 0 and < 1)
            ? string.Create(CultureInfo.InvariantCulture, $"{nameof(Level)} is {Level}; it is between 0 and 1.")
            : "");
        if (faults.Length > 0)
        {
            throw new ArgumentException(faults.TrimEnd());
        }
    }
}
