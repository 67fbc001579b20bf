using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>How <see cref="Bootstrap"/> resamples.</summary>
public sealed class BootstrapOptions
{
    /// <summary>How often the rows are drawn anew, at least 10. An interval's ends settle from about 1,000 on.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>The share of resamples that lie within the interval, in (0, 1).</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>Every draw follows from it; the result does not depend on the number of threads.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The group of an image, such as <see cref="ImageGroups.Video"/>: whole groups are drawn with replacement (the cluster bootstrap).
    /// Frames of one video are alike, and drawn singly they give intervals that are too narrow. Null: each row is a group.
    /// </summary>
    public Func<string, string>? GroupBy { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        if (Resamples < 10)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{nameof(Resamples)} is {Resamples}; it is at least 10."));
        }

        if (Level is not (> 0 and < 1))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Level)} is {Level}; it is between 0 and 1."));
        }
    }
}
