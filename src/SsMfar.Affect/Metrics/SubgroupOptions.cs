using System.Globalization;

namespace SsMfar.Metrics;

/// <summary>How <see cref="Subgroups"/> compares.</summary>
public sealed class SubgroupOptions
{
    /// <summary>Gets or sets how rows are drawn, how often, and the level of the intervals; a thousand times by 0.95 unless set.</summary>
    public BootstrapOptions Bootstrap { get; set; } = new();

    /// <summary>
    /// Gets or sets how many rows with a label of a task a group, and the rest of the rows, must have to be compared in it; at least 2. The
    /// default is 50: below it a gap says little, and its interval less.
    /// </summary>
    public int MinimumLabels { get; set; } = 50;

    /// <summary>
    /// Gets or sets how many rows of a class, or with a unit present, a group and the rest must both have for the class or unit to count
    /// in their F1; at least 1. The default is 10. A class that one side lacks would be 0 there and make a gap of nothing.
    /// </summary>
    public int MinimumOccurrences { get; set; } = 10;

    /// <summary>
    /// Gets or sets how often a gap may be called found where all groups are read equally well, whatever the number of gaps looked at; in
    /// (0, 1). The default is 0.02: two of a hundred reports.
    /// </summary>
    public double FalseAlarmRate { get; set; } = 0.02;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and what is allowed.</exception>
    internal void Validate()
    {
        Bootstrap.Validate();
        string faults =
            (MinimumLabels < 2
                ? string.Create(CultureInfo.InvariantCulture, $"{nameof(MinimumLabels)} is {MinimumLabels}; it is at least 2. ")
                : "") +
            (MinimumOccurrences < 1
                ? string.Create(CultureInfo.InvariantCulture, $"{nameof(MinimumOccurrences)} is {MinimumOccurrences}; it is at least 1. ")
                : "") +
            (FalseAlarmRate is not (> 0 and < 1)
                ? string.Create(CultureInfo.InvariantCulture, $"{nameof(FalseAlarmRate)} is {FalseAlarmRate}; it is between 0 and 1.")
                : "");
        if (faults.Length > 0)
        {
            throw new ArgumentException(faults.TrimEnd());
        }
    }
}
