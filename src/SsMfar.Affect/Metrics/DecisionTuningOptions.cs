using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>How <see cref="DecisionTuning"/> tunes and judges.</summary>
public sealed class DecisionTuningOptions
{
    internal const int UsualFolds = 5;

    /// <summary>
    /// Gets or sets the number of parts that the rows are divided into, at least 2; as many as there are groups, where they are fewer. Each
    /// part is decided by what was tuned on the others. The default is 5.
    /// </summary>
    public int Folds { get; set; } = UsualFolds;

    /// <summary>
    /// Gets or sets the group of an image, such as <see cref="ImageGroups.Video"/>: a group's rows are all in one part, and are drawn
    /// together for the intervals. <see langword="null"/>, the default, makes each row a group.
    /// </summary>
    public Func<string, string>? GroupBy { get; set; }

    /// <summary>Gets or sets what a part of tuning must show to be kept. The default is a gain.</summary>
    public TuningAcceptance Acceptance { get; set; }

    /// <summary>Gets or sets how many times the rows are drawn for the intervals, at least 10. The default is 1000.</summary>
    public int Resamples { get; set; } = 1000;

    /// <summary>Gets or sets the share of resamples that lie within an interval, in (0, 1). The default is 0.95.</summary>
    public double Level { get; set; } = 0.95;

    /// <summary>Gets or sets the seed of the parts and of every draw.</summary>
    public long Seed { get; set; }

    internal BootstrapOptions Bootstrap => new() { Resamples = Resamples, Level = Level, Seed = Seed, GroupBy = GroupBy };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        if (Folds < 2)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Folds)} is {Folds}; it is at least 2."));
        }

        if (!Enum.IsDefined(Acceptance))
        {
            throw new ArgumentException(
                $"{nameof(Acceptance)} is {Acceptance}; it is one of {string.Join(", ", Enum.GetNames<TuningAcceptance>())}.");
        }

        Bootstrap.Validate();
    }
}

/// <summary>What a part of tuning, such as the temperature, must show on rows that it was not tuned on to be kept.</summary>
public enum TuningAcceptance
{
    /// <summary>A gain, which may be chance.</summary>
    Gain,

    /// <summary>A gain whose interval lies above 0.</summary>
    Sure,

    /// <summary>Nothing: it is kept whatever it is worth.</summary>
    Always,
}
