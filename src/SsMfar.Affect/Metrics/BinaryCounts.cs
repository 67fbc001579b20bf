namespace SsMfar.Metrics;

/// <summary>The four outcomes of a yes-or-no prediction.</summary>
/// <param name="truePositives">Present and predicted.</param>
/// <param name="falsePositives">Absent but predicted.</param>
/// <param name="falseNegatives">Present but not predicted.</param>
/// <param name="trueNegatives">Absent and not predicted.</param>
public readonly struct BinaryCounts(long truePositives, long falsePositives, long falseNegatives, long trueNegatives)
{
    /// <summary>Gets the rows that are present and predicted.</summary>
    public long TruePositives => truePositives;

    /// <summary>Gets the rows that are absent but predicted.</summary>
    public long FalsePositives => falsePositives;

    /// <summary>Gets the rows that are present but not predicted.</summary>
    public long FalseNegatives => falseNegatives;

    /// <summary>Gets the rows that are absent and not predicted.</summary>
    public long TrueNegatives => trueNegatives;

    /// <summary>Gets all rows.</summary>
    public long Total => TruePositives + FalsePositives + FalseNegatives + TrueNegatives;

    /// <summary>Gets the F1 score of "present"; 0 where it neither occurs nor is predicted.</summary>
    public double F1 => Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Gets the share of predictions that are right; 0 without one.</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>Gets the share of present rows that are predicted; 0 without one.</summary>
    public double Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>The counts of both.</summary>
    /// <param name="other">The other counts.</param>
    public BinaryCounts Plus(BinaryCounts other) => new(
        TruePositives + other.TruePositives,
        FalsePositives + other.FalsePositives,
        FalseNegatives + other.FalseNegatives,
        TrueNegatives + other.TrueNegatives);

    private static double Ratio(long numerator, long denominator) => denominator == 0 ? 0 : (double)numerator / denominator;
}
